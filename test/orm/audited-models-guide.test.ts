import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

import { MikroORM } from '@mikro-orm/postgresql'
import { DataSource } from 'typeorm'
import { expect, test } from 'vitest'

import { auditedModels } from '../../src/prisma.ts'
import { auditedTables, type AuditedSource } from '../../src/index.ts'
import { readBlocks } from '../support/printed-code.ts'
import { compileModels, type DecoratorKind } from './compile-models.ts'

const root = resolve(import.meta.dirname, '../..')
const readModels = async (orm: string, language = 'ts') =>
  readBlocks('docs/guide/audited-models.md', language, orm)

/** What the models of each ORM say, as `auditedTables` reads it. */
const readers: Readonly<Record<string, (models: Models) => Promise<AuditedSource>>> = {
  MikroORM: (models) => MikroORM.init({ entities: Object.values(models), dbName: 'none' }),
  TypeORM: async (models) => {
    const dataSource = new DataSource({ type: 'postgres', entities: Object.values(models) })
    await Reflect.get(dataSource, 'buildMetadatas').call(dataSource)
    return dataSource
  },
  Sequelize: async ({ sequelize }) => sequelize ?? {},
  Drizzle: async (schema) => schema,
}
type Models = Readonly<Record<string, never>>

const printed: readonly [orm: string, place: number, kind: DecoratorKind, options: object][] = [
  ['MikroORM', 0, 'standard', { scope: 'world_id', redact: ['iban'], ignore: ['updated_at'] }],
  ['MikroORM', 0, 'legacy', { scope: 'world_id', redact: ['iban'], ignore: ['updated_at'] }],
  ['MikroORM', 1, 'standard', { scope: 'world_id', redact: ['iban'], ignore: ['updated_at'] }],
  ['TypeORM', 0, 'legacy', { scope: 'worldId', redact: ['iban'], ignore: ['updatedAt'] }],
  ['TypeORM', 1, 'legacy', { redact: ['iban'], ignore: ['updatedAt'] }],
  ['Sequelize', 0, 'standard', { scope: 'worldId', redact: ['iban'], ignore: ['updatedAt'] }],
  ['Drizzle', 0, 'standard', { scope: 'world_id', redact: ['iban'], ignore: ['updated_at'] }],
]

test.each(printed)(
  'models of %s in the guide (%i, %s) say what they are printed to say',
  async (orm, place, kind, options) => {
    const source = (await readModels(orm))[place] ?? ''
    const models: Models = await import(await compileModels(`guide-${kind}-${orm}-${place}`, source, kind))
    const tables = auditedTables((await readers[orm]?.(models)) ?? {})
    expect(tables.find(({ table }) => /account/i.test(table))?.options).toEqual({
      snapshotEvery: 100,
      ...options,
    })
  },
)

test('models of Prisma in the guide say what they are printed to say', async () => {
  const [source = ''] = await readModels('Prisma', 'prisma')
  expect(auditedModels(source)).toEqual([
    {
      table: 'Account',
      key: ['id'],
      options: { scope: 'world_id', redact: ['iban'], ignore: ['updated_at'] },
    },
  ])
})

test('the models of the guide, and the programs of the pages, fit the types of their ORMs', async () => {
  const folder = join(root, 'node_modules/.cache/backstory-models', 'types')
  await rm(folder, { recursive: true, force: true })
  for (const kind of ['standard', 'legacy'] as const) {
    await mkdir(join(folder, kind), { recursive: true })
    const own = printed.filter((one) => one[2] === kind && !(one[0] === 'MikroORM' && kind === 'legacy'))
    for (const [orm, place] of own)
      await writeFile(join(folder, kind, `${orm}-${place}.mts`), (await readModels(orm))[place] ?? '')
    for (const page of kind === 'standard' ? ['mikro-orm', 'typeorm', 'sequelize'] : [])
      await writeFile(
        join(folder, kind, `page-${page}.mts`),
        (await readBlocks(`docs/orms/${page}.md`, 'ts'))[0] ?? '',
      )
    await writeFile(
      join(folder, kind, 'tsconfig.json'),
      JSON.stringify({
        extends: join(root, 'tsconfig.json'),
        compilerOptions: {
          experimentalDecorators: kind === 'legacy',
          emitDecoratorMetadata: kind === 'legacy',
          paths: { backstory: [join(root, 'src/index.ts')], 'backstory/*': [join(root, 'src/*.ts')] },
        },
        include: ['*.mts'],
        exclude: [],
      }),
    )
    await promisify(execFile)(join(root, 'node_modules/.bin/tsc'), ['-p', join(folder, kind)], {
      cwd: root,
    }).catch((error: unknown) => {
      throw new Error(String(Reflect.get(Object(error), 'stdout')), { cause: error })
    })
  }
})
