import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, expectTypeOf, test } from 'vitest'

import { actingAs } from '../../src/context/context.ts'
import { audited } from '../../src/pg.ts'
import { openPostgres } from '../support/database.ts'
import { preparations, statement } from './pg-styles.ts'
import { witnessTables, witnessedBy } from './witness.ts'

let database: Awaited<ReturnType<typeof openPostgres>>

beforeAll(async () => {
  database = await openPostgres()
  await database.run(witnessTables)
})

afterAll(() => database.close())

beforeEach(() => database.run('truncate deeds, witnessed'))

const insert = 'insert into deeds (note) values ($1)'

describe('audited', () => {
  test('gives the same object, of the same type', async () => {
    const pool = new pg.Pool({ connectionString: database.url })
    const same = audited(pool)
    expectTypeOf(same).toEqualTypeOf<pg.Pool>()
    expect(same).toBe(pool)
    expect(audited(same)).toBe(pool)
    expect(same).toBeInstanceOf(pg.Pool)
    await pool.end()
  })

  test('twice carries once', async () => {
    const pool = audited(audited(new pg.Pool({ connectionString: database.url })))
    await actingAs({ userId: 'ada' }, () => pool.query(insert, ['a']))
    await pool.end()
    expect(await witnessedBy(database.query)).toEqual(['a by ada'])
  })

  test('for another schema than before is refused, and a schema that is no plain name', async () => {
    const pool = audited(new pg.Pool({ connectionString: database.url }))
    expect(() => audited(pool, { schema: 'other' })).toThrow(
      expect.objectContaining({ code: 'invalid_argument' }),
    )
    expect(() => audited(new pg.Pool(), { schema: 'a"b' })).toThrow(
      expect.objectContaining({ code: 'invalid_argument' }),
    )
    await pool.end()
  })

  test('meets the connections that the pool has already', async () => {
    const pool = new pg.Pool({ connectionString: database.url, max: 1 })
    await pool.query('select 1')
    audited(pool)
    await actingAs({ userId: 'ada' }, () => pool.query(insert, ['a']))
    await pool.end()
    expect(await witnessedBy(database.query)).toEqual(['a by ada'])
  })

  test('refuses a pool whose connections are in use', async () => {
    const pool = new pg.Pool({ connectionString: database.url })
    const client = await pool.connect()
    expect(() => audited(pool)).toThrow(
      expect.objectContaining({
        code: 'cannot_carry_context',
        message: expect.stringContaining('1 connection'),
      }),
    )
    client.release()
    await pool.end()
  })

  test('refuses clients of another make, such as those of pg-native', () => {
    class NativeQuery {
      submit() {}
    }
    class NativeClient {
      static Query = NativeQuery
      readonly connection = {}
      connect() {}
      query() {}
    }
    const pool = Object.assign(new pg.Pool(), { Client: NativeClient })
    const refusal = expect.objectContaining({ code: 'cannot_carry_context' })
    expect(() => audited(pool)).toThrow(refusal)
    expect(() => audited(new NativeClient())).toThrow(refusal)
  })

  test('keeps a class of clients that the pool was given', async () => {
    class Custom extends pg.Client {
      readonly custom = true
    }
    const pool = audited(new pg.Pool({ connectionString: database.url, Client: Custom }))
    const client = await pool.connect()
    expect(client).toBeInstanceOf(Custom)
    expect(client).toMatchObject({ custom: true })
    await actingAs({ userId: 'ada' }, () => client.query(insert, ['a']))
    client.release()
    await pool.end()
    expect(await witnessedBy(database.query)).toEqual(['a by ada'])
  })

  test('adds nothing to the keys of a client', async () => {
    const plain = new pg.Client()
    expect(Object.keys(audited(new pg.Client())).toSorted()).toEqual(Object.keys(plain).toSorted())
  })
})

describe.each(preparations)('%s queries of a pool that has no connection to spare', (preparation) => {
  test('run in the context of their caller, not of whoever releases the connection', async () => {
    const pool = audited(new pg.Pool({ connectionString: database.url, max: 1 }))
    const names = Array.from({ length: 60 }, (_, index) => `user ${index}`)
    await Promise.all(
      names.map((userId) => actingAs({ userId }, () => pool.query(statement(preparation, insert, [userId])))),
    )
    await pool.end()
    expect(await witnessedBy(database.query)).toEqual(names.map((name) => `${name} by ${name}`))
  })

  test('given a callback, too, and what is done in it', async () => {
    const pool = audited(new pg.Pool({ connectionString: database.url, max: 2 }))
    const names = Array.from({ length: 30 }, (_, index) => `user ${index}`)
    await Promise.all(
      names.map((userId) =>
        actingAs(
          { userId },
          () =>
            new Promise<void>((resolve, reject) => {
              const again = (error: unknown) =>
                error
                  ? reject(error)
                  : pool.query(insert, [userId], (failure: unknown) =>
                      failure ? reject(failure) : resolve(),
                    )
              pool.query(statement(preparation, insert, [userId]), again)
            }),
        ),
      ),
    )
    await pool.end()
    const lines = await witnessedBy(database.query)
    expect(lines.toSorted()).toEqual(
      names.flatMap((name) => [`${name} by ${name}`, `${name} by ${name}`]).toSorted(),
    )
  })

  test('connected with a callback, too', async () => {
    const pool = audited(new pg.Pool({ connectionString: database.url, max: 1 }))
    await Promise.all(
      ['ada', 'bob', 'cyd'].map((userId) =>
        actingAs(
          { userId },
          () =>
            new Promise<void>((resolve, reject) => {
              pool.connect((error, client, done) => {
                if (error || client === undefined) return reject(error)
                return client.query(statement(preparation, insert, [userId]), (failure: unknown) => {
                  done()
                  if (failure) reject(failure)
                  else resolve()
                })
              })
            }),
        ),
      ),
    )
    await pool.end()
    expect(await witnessedBy(database.query)).toEqual(['ada by ada', 'bob by bob', 'cyd by cyd'])
  })
})

describe('a context of hostile values', () => {
  const hostile = {
    quotes: `it's "quoted" \`so\``,
    comment: '*/ /* -- ; drop table deeds; --',
    backslashes: "\\ \\\\ \\n \\u0000 \\' E'\\'",
    dollars: '$1 $$ $backstory$ ${x}',
    controls: '\u0001\t\r\n\u007f\u2028',
    unicode: 'Ærøskøbing 龍 😀 \u{10FFFF}',
    big: 'x'.repeat(1_000_000),
    nested: { 'ke"y\'': [null, true, 1e300, { deep: [[]] }] },
  }

  test.each([...preparations, 'simple'] as const)('arrives as it was, in a %s statement', async (kind) => {
    const client = audited(new pg.Client({ connectionString: database.url }))
    await client.connect()
    for (const standardStrings of ['on', 'off']) {
      await client.query(`set standard_conforming_strings = ${standardStrings}`).catch(() => undefined)
      await actingAs({ userId: `o'brien\\`, ...hostile }, () =>
        kind === 'simple'
          ? client.query(`insert into deeds (note) values ('a')`)
          : client.query(statement(kind, insert, ['a'])),
      )
    }
    await client.end()
    const rows = await database.query('select user_id, context from witnessed')
    expect(rows).toEqual(Array.from({ length: 2 }, () => ({ user_id: `o'brien\\`, context: hostile })))
  })

  test('is stored without what PostgreSQL cannot store', async () => {
    const pool = audited(new pg.Pool({ connectionString: database.url }))
    await actingAs({ userId: 'a\0da', 'k\0': ['\uD800', 'x\uDC00'] }, () => pool.query(insert, ['a']))
    await pool.end()
    expect(await database.query('select user_id, context from witnessed')).toEqual([
      { user_id: 'a\uFFFDda', context: { 'k\uFFFD': ['\uFFFD', 'x\uFFFD'] } },
    ])
  })

  test('is not split where backslashes escape between plain quotes', async () => {
    const client = audited(new pg.Client({ connectionString: database.url }))
    await client.connect()
    const set = await client.query('set standard_conforming_strings = off').catch((error: unknown) => error)
    if (set instanceof Error) return client.end()
    const text = `begin; insert into deeds (note) values ('\\'; insert into deeds (note) values (''x'); commit`
    await actingAs({ userId: 'ada' }, () => client.query(text))
    await client.end()
    expect(await witnessedBy(database.query)).toEqual([`'; insert into deeds (note) values ('x by ada`])
    return undefined
  })
})
