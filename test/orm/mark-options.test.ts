import { defineEntity, MikroORM, p } from '@mikro-orm/postgresql'
import { integer, pgTable, text } from 'drizzle-orm/pg-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { audited } from '../../src/drizzle.ts'
import { Audited, auditedTables, createBackstory, trackSql } from '../../src/index.ts'
import { auditExtension } from '../../src/mikro-orm.ts'
import { openPostgres } from '../support/database.ts'

let db: Awaited<ReturnType<typeof openPostgres>>
beforeAll(async () => {
  db = await openPostgres()
})
afterAll(async () => {
  await db.close()
})

describe('a mark', () => {
  const columns = { id: integer().primaryKey(), iban: text(), note: text() }
  const marked = audited(pgTable('accounts', columns), { redact: ['iban'], label: 'note' })
  const refused = (code: string, message: string) =>
    expect.objectContaining({ code, message: expect.stringContaining(message) })

  test('says no more than that a redaction cannot be taken away by what is given to track', () => {
    expect(trackSql(marked, { redact: ['iban', 'note'], label: 'id' })).toContain('"redact":["iban","note"]')
    for (const given of [{ redact: [] }, { redact: ['id'] }])
      expect(() => trackSql(marked, given)).toThrow(refused('invalid_option', 'iban is marked as redacted'))
  })

  test('that contradicts itself, or what is given, is refused', () => {
    expect(() => trackSql(marked, { ignore: ['iban'] })).toThrow(
      refused('invalid_option', 'its ignore as well'),
    )
    expect(() => trackSql(marked, { redact: ['iban', 'note'] })).toThrow(
      refused('invalid_option', 'note is redacted, and its label'),
    )
    class Twice {
      iban = ''
    }
    Audited.redact()(Twice.prototype, 'iban')
    expect(() => {
      Audited.ignore()(Twice.prototype, 'iban')
    }).toThrow(refused('invalid_option', 'iban is marked twice'))
  })

  test('that names a column which the table does not have is refused when it is tracked', async () => {
    await db.run('create table accounts (id integer primary key, note text)')
    await expect(createBackstory(db.database).track(marked)).rejects.toThrow(
      refused('unknown_column', '"iban"'),
    )
  })

  test('with an option of the wrong kind is refused when it is tracked', async () => {
    await db.run('create table odd (id integer primary key, iban text)')
    const odd = pgTable('odd', { id: integer().primaryKey(), iban: text() })
    const track = (options: object) => createBackstory(db.database).track(odd, options)
    await expect(track({ ignore: 'iban' })).rejects.toMatchObject({ code: 'invalid_option' })
    await expect(track({ scope: 5 })).rejects.toMatchObject({ code: 'invalid_option' })
    await expect(track({ ignored: ['iban'] })).rejects.toMatchObject({ code: 'invalid_option' })
    await track({ scope: null, redact: null })
  })

  test('of a property that has no column is refused', async () => {
    const Book = defineEntity({
      name: 'Book',
      audited: { ignore: ['shown'] },
      properties: { id: p.integer().primary(), shown: p.text().persist(false) },
    })
    const init = (capture: 'trigger' | 'listener') =>
      MikroORM.init({ entities: [Book], clientUrl: db.url, extensions: [auditExtension({ capture })] })
    await expect(init('trigger')).rejects.toThrow(refused('unknown_column', 'Book.shown'))
    await expect(init('listener')).rejects.toThrow(refused('unknown_column', 'Book.shown'))
  })

  test('of a name that is a property and another column is refused', () => {
    const table = audited(pgTable('accounts', { a: text('b'), b: text('c') }), { redact: ['b'] })
    expect(() => trackSql(table)).toThrow(refused('invalid_argument', 'Write c or a'))
  })

  test('of one kind of a single table is refused', async () => {
    const Creature = defineEntity({
      name: 'Creature',
      discriminatorColumn: 'kind',
      discriminatorValue: 'creature',
      properties: { id: p.integer().primary(), kind: p.enum(['creature', 'dragon']) },
    })
    const Dragon = defineEntity({
      name: 'Dragon',
      extends: Creature,
      discriminatorValue: 'dragon',
      audited: true,
      properties: { hoard: p.integer().nullable() },
    })
    const init = MikroORM.init({
      entities: [Creature, Dragon],
      clientUrl: db.url,
      extensions: [auditExtension()],
    })
    await expect(init).rejects.toThrow(refused('invalid_argument', 'mark Creature'))
  })

  test('of a class is not that of those that extend it; what is no class is refused', () => {
    class Account {
      id = 0
    }
    class Savings extends Account {}
    Audited({ ignore: ['touched_at'] })(Account)
    const orm = {
      getMetadata: (target: { name: string }) => ({
        className: target.name,
        tableName: 'accounts',
        class: target,
        root: { className: target.name },
        properties: {},
      }),
    }
    expect(trackSql(Account, {}, { orm })).toContain('touched_at')
    expect(trackSql(Savings, {}, { orm })).toBe(`select backstory.track('accounts')`)
    // @ts-expect-error -- a table of Drizzle has a function of its own
    expect(() => Audited()(marked)).toThrow(refused('invalid_argument', 'backstory/drizzle'))
    // @ts-expect-error -- it is a call
    expect(() => Audited(Account)).toThrow(refused('invalid_argument', '@Audited()'))
  })

  test('is missed where none is', () => {
    expect(() => auditedTables({ plain: pgTable('plain', columns) })).toThrow(
      refused('invalid_argument', 'No model is marked'),
    )
    expect(auditedTables([{ table: 'plain', options: {} }])).toEqual([{ table: 'plain', options: {} }])
  })
})
