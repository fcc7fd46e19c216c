import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { Migrator } from '@mikro-orm/migrations'
import { defineEntity, MikroORM, p } from '@mikro-orm/postgresql'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { createBackstory, type AuditedOptions } from '../../src/index.ts'
import { auditExtension } from '../../src/mikro-orm.ts'
import { openPostgres } from '../support/database.ts'

const schemaOf = (audited: Readonly<Record<'Hero' | 'Label', AuditedOptions | undefined>>) => {
  const mark = (name: 'Hero' | 'Label') => (audited[name] === undefined ? {} : { audited: audited[name] })
  const Label = defineEntity({
    name: 'Label',
    tableName: 'label',
    ...mark('Label'),
    properties: { id: p.integer().primary(), name: p.text() },
  })
  const Hero = defineEntity({
    name: 'Hero',
    tableName: 'hero',
    ...mark('Hero'),
    properties: {
      id: p.integer().primary(),
      name: p.text(),
      secretName: p.text().nullable(),
      labels: () => p.manyToMany(Label).pivotTable('hero_labels'),
    },
  })
  return [Hero, Label]
}

describe.each(['trigger', 'listener'] as const)('migrations of MikroORM, by %s', (capture) => {
  let db: Awaited<ReturnType<typeof openPostgres>>
  let folder: string
  const orms: MikroORM[] = []

  beforeEach(async () => {
    db = await openPostgres()
    // where its files find MikroORM, and of its own, since modules are kept by their path
    folder = join(import.meta.dirname, '../../node_modules/.cache', `migrations-${randomUUID()}`)
    await mkdir(folder, { recursive: true })
  })
  afterEach(async () => {
    for (const orm of orms.splice(0)) await orm.close()
    await db.close()
    await rm(folder, { recursive: true, force: true })
  })

  async function open(
    audited: Readonly<Record<'Hero' | 'Label', AuditedOptions | undefined>>,
    { snapshot = true } = {},
  ): Promise<MikroORM> {
    const orm = await MikroORM.init({
      entities: schemaOf(audited),
      clientUrl: db.url,
      contextName: `schema ${orms.length}`,
      extensions: [Migrator, auditExtension({ capture })],
      // two of one second would have one name
      migrations: {
        path: folder,
        snapshot,
        emit: 'cjs',
        silent: true,
        fileName: () => `Migration${orms.length}`,
      },
    })
    orms.push(orm)
    return orm
  }
  const readTracked = async () =>
    (await createBackstory(db.database).tracked()).map(({ elementType, options, status }) => [
      elementType,
      options,
      status,
    ])
  const own = capture === 'listener' ? { capture } : {}

  test.each([true, false])(
    'track the tables, follow their marks, and go back (snapshot: %s)',
    async (snapshot) => {
      const first = await open({ Hero: { redact: ['secretName'] }, Label: undefined }, { snapshot })
      await first.migrator.create()
      await first.migrator.up()
      const tracked = [
        ['hero', { ...own, redact: ['secret_name'] }, 'active'],
        ['hero_labels', own, 'active'],
      ]
      expect(await readTracked()).toEqual(tracked)
      expect(await first.migrator.checkSchema()).toBe(false)

      // another column is redacted, another entity marked
      const second = await open({ Hero: { redact: ['name', 'secretName'] }, Label: {} }, { snapshot })
      const { fileName } = await second.migrator.create()
      const text = await readFile(join(folder, fileName), 'utf8')
      expect(text).not.toContain('drop trigger')
      await second.migrator.up()
      expect(await readTracked()).toEqual([
        ['hero', { ...own, redact: ['name', 'secret_name'] }, 'active'],
        ['hero_labels', own, 'active'],
        ['label', own, 'active'],
      ])
      expect(await second.migrator.checkSchema()).toBe(false)

      await second.migrator.down()
      expect(await readTracked()).toEqual(tracked)
      expect((await readdir(folder)).filter((file) => file.startsWith('Migration'))).toHaveLength(2)
    },
  )

  test('and the schema generator leave nothing to do, and untrack what is no longer marked', async () => {
    const orm = await open({ Hero: {}, Label: {} })
    await orm.schema.update()
    expect((await orm.schema.getUpdateSchemaSQL()).trim()).toBe('')
    expect((await readTracked()).map(([type]) => type)).toEqual(['hero', 'hero_labels', 'label'])
    const other = await open({ Hero: undefined, Label: { label: 'name' } })
    expect(await other.schema.getUpdateSchemaSQL()).not.toContain('drop')
    await other.schema.update()
    expect(await readTracked()).toEqual([
      ['hero_labels', own, 'active'],
      ['label', { ...own, label: 'name' }, 'active'],
    ])
    expect((await other.schema.getUpdateSchemaSQL()).trim()).toBe('')
    await other.schema.drop()
    expect(await readTracked()).toEqual([])
  })
})
