import { writeFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import postgres from 'postgres'
import { afterAll, beforeAll, beforeEach, describe, expect, expectTypeOf, test } from 'vitest'

import { actingAs, currentContext } from '../../src/context/context.ts'
import { audited } from '../../src/postgres.ts'
import { openPostgres } from '../support/database.ts'
import { witnessTables, witnessedBy } from './witness.ts'

let database: Awaited<ReturnType<typeof openPostgres>>
let sql: postgres.Sql

const options = { max: 2, onnotice: () => undefined }

beforeAll(async () => {
  database = await openPostgres()
  await database.run(witnessTables)
  sql = audited(postgres(database.url, options))
})

afterAll(async () => {
  await sql.end()
  await database.close()
})

beforeEach(() => database.run('truncate deeds, witnessed'))

const asAda = <Value>(work: () => PromiseLike<Value>) => actingAs({ userId: 'ada' }, work)
const lines = () => witnessedBy(database.query)

describe('audited', () => {
  test('gives a sql of the same type, once', () => {
    const typed = postgres({
      types: { even: { to: 23, from: [], serialize: (n: number) => n * 2, parse: (n: number) => n } },
    })
    expectTypeOf(audited(typed)).toEqualTypeOf(typed)
    expect(audited(sql)).toBe(sql)
    expect(() => audited(sql, { schema: 'other' })).toThrow(
      expect.objectContaining({ code: 'invalid_argument' }),
    )
    expect(() =>
      audited({
        unsafe: async () => undefined,
        begin: async () => undefined,
        reserve: async () => undefined,
      }),
    ).toThrow(expect.objectContaining({ code: 'cannot_carry_context' }))
  })
})

describe('a write carries the actor', () => {
  test('whatever its first words are, fragments and helpers included', async () => {
    const insert = () => sql`insert into deeds (note)`
    await asAda(() => sql`${insert()} values (${'1'})`)
    await asAda(() => sql`with given as (select ${'2'}::text as note) ${insert()} select note from given`)
    await asAda(() => sql`update deeds set ${sql({ note: '3' })} where note = ${'1'}`)
    await asAda(() => sql`/* first */ delete from ${sql('deeds')} where note in ${sql(['2', '3'])}`)
    expect((await lines()).toSorted()).toEqual(['1 by ada', '2 by ada', '2 by ada', '3 by ada', '3 by ada'])
  })

  test('as rows that come one by one, as arrays, and raw', async () => {
    const seen: unknown[] = []
    await asAda(() =>
      sql`insert into deeds (note) values (${'1'}) returning note`.forEach((row) => {
        seen.push(row['note'], currentContext()?.userId)
      }),
    )
    expect(seen).toEqual(['1', 'ada'])
    expect(await asAda(() => sql`insert into deeds (note) values (${'2'}) returning note`.values())).toEqual([
      ['2'],
    ])
    expect(await lines()).toEqual(['1 by ada', '2 by ada'])
  })

  test('as a file, with values and without', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'backstory-sql-'))
    const file = join(folder, 'write.sql')
    await writeFile(file, `insert into deeds (note) values ('1'); select 7 as seven`)
    expect(await asAda(() => sql.file(file))).toEqual([[], [{ seven: 7 }]])
    await writeFile(file, 'insert into deeds (note) values ($1)')
    await asAda(() => sql.file(file, ['2']))
    await expect(sql.file(join(folder, 'none.sql'))).rejects.toMatchObject({ code: 'ENOENT' })
    await rm(folder, { recursive: true })
    expect(await lines()).toEqual(['1 by ada', '2 by ada'])
  })

  test('as COPY FROM STDIN, in and out of a transaction', async () => {
    const copy = async (target: postgres.ISql) => {
      const stream = await target`copy ${sql('deeds')} (note) from stdin`.writable()
      await pipeline(Readable.from(['a\nb\n']), stream)
    }
    await asAda(() => copy(sql))
    await asAda(() => sql.begin((transaction) => copy(transaction)))
    expect(await lines()).toEqual(['a by ada', 'b by ada', 'a by ada', 'b by ada'])
    const chunks: string[] = []
    for await (const chunk of await asAda(() => sql`copy deeds (note) to stdout`.readable()))
      chunks.push(String(chunk))
    expect(chunks.join('')).toBe('a\nb\na\nb\n')
  })

  test('as a text of several statements, and gives the results that it gives without', async () => {
    const plain = postgres(database.url, options)
    const texts = [
      `insert into deeds (note) values ('a'), ('b')`,
      `insert into deeds (note) values ('a') returning note`,
      `insert into deeds (note) values ('a'); select 1 as one`,
      `insert into deeds (note) values ('a') returning note; select 1 as one; select 2 as two`,
      `select 1 as one; insert into deeds (note) values ('a') returning note`,
      `do $$ begin insert into deeds (note) values ('a'); end $$; select 1 as one`,
    ]
    const summary = (result: unknown) => {
      const results: unknown[] = Array.isArray(result) && !('command' in result) ? result : [result]
      return results.map((one) => ({
        rows: one,
        ...(one instanceof Object && 'count' in one ? { count: one.count } : {}),
      }))
    }
    for (const text of texts) {
      const expected = summary(await plain.unsafe(text))
      await database.run('truncate witnessed')
      expect(summary(await asAda(() => sql.unsafe(text))), text).toEqual(expected)
      const written = await lines()
      expect(written.length).toBeGreaterThan(0)
      expect(written.filter((line) => !line.endsWith('by ada'))).toEqual([])
    }
    await plain.end()
  })

  test('with a statement that has gone stale, which is tried again as it is without', async () => {
    const one = audited(postgres(database.url, { ...options, max: 1 }))
    await database.run(
      'create table stale (note text); create trigger witness after insert on stale for each row execute function witness()',
    )
    const write = () => asAda(() => one`insert into stale (note) values (${'a'}) returning *`)
    await write()
    await write()
    await database.run('alter table stale add column more integer default 7')
    expect(await write()).toEqual([{ note: 'a', more: 7 }])
    await one.end()
    await database.run('drop table stale')
    expect(await lines()).toEqual(['a by ada', 'a by ada', 'a by ada'])
  })

  test('on a connection that was reserved, with a transaction by hand or without', async () => {
    const one = await sql.reserve()
    await asAda(() => one`insert into deeds (note) values (${'1'})`)
    await one`begin`
    await one`insert into deeds (note) values (${'2'})`
    await asAda(() => one`insert into deeds (note) values (${'3'})`)
    await one`savepoint s`
    await actingAs({ userId: 'bob' }, () => one`insert into deeds (note) values (${'undone'})`)
    await one`rollback to s`
    await actingAs({ userId: 'bob' }, () => one`insert into deeds (note) values (${'4'})`)
    await one`insert into deeds (note) values (${'5'})`
    await one`commit`
    await Promise.all([asAda(() => one`insert into deeds (note) values (${'6'})`), one`select 1`])
    await one`insert into deeds (note) values (${'7'})`
    one.release()
    await asAda(() => sql`insert into deeds (note) values (${'8'})`)
    expect(await lines()).toEqual([
      ...['1 by ada', '2 by nobody', '3 by ada', '4 by bob', '5 by nobody'],
      ...['6 by ada', '7 by nobody', '8 by ada'],
    ])
  })

  test('in a transaction by hand on a pool of one', async () => {
    const one = audited(postgres(database.url, { ...options, max: 1 }))
    await asAda(() => one`begin`)
    await asAda(() => one`insert into deeds (note) values (${'1'})`)
    await one`insert into deeds (note) values (${'2'})`
    await one`rollback`
    await asAda(() => one`insert into deeds (note) values (${'3'})`)
    await one.end()
    expect(await lines()).toEqual(['3 by ada'])
  })

  test('with a cursor in a transaction', async () => {
    await asAda(() =>
      sql.begin(async (transaction) => {
        const rows = transaction`insert into deeds (note) values ('1'), ('2'), ('3') returning note`.cursor(2)
        for await (const portion of rows) expect(portion.length).toBeGreaterThan(0)
      }),
    )
    expect(await lines()).toEqual(['1 by ada', '2 by ada', '3 by ada'])
  })

  test('in the order in which queries are given to a transaction', async () => {
    await asAda(() =>
      sql.begin((transaction) =>
        ['1', '2', '3', '4'].map((note) => transaction`insert into deeds (note) values (${note})`),
      ),
    )
    expect(await lines()).toEqual(['1 by ada', '2 by ada', '3 by ada', '4 by ada'])
  })
})

test("a function that a read calls never writes under another's name", async () => {
  await sql.begin(async (transaction) => {
    await asAda(() => transaction`insert into deeds (note) values (${'1'})`)
    await actingAs({ userId: 'bob' }, () => transaction`select do_deed('2')`)
    await transaction`select do_deed('3')`
  })
  expect(await lines()).toEqual(['1 by ada', '2 by bob', '3 by nobody'])
})

test('what must stand alone still works inside actingAs', async () => {
  for (const text of [
    'vacuum deeds',
    'create index concurrently deeds_n on deeds (note)',
    `call do_deeds_in_steps('step')`,
  ]) {
    await asAda(() => sql.unsafe(text))
  }
  expect(await lines()).toEqual(['step 1 by nobody', 'step 2 by nobody'])
})

describe('an error', () => {
  test('has the position that it has without an actor', async () => {
    for (const text of [
      `insert into nowhere values (1)`,
      `-- 😀\n insert into deeds (note) values ('a'); insert into nowhere values (1)`,
    ]) {
      const position = await sql
        .unsafe(text)
        .catch((error: unknown) => Reflect.get(Object(error), 'position'))
      await expect(asAda(() => sql.unsafe(text))).rejects.toMatchObject({ code: '42P01', position })
    }
  })

  test('of a deferred constraint rejects the write that it undoes', async () => {
    await database.run(
      'create table parents (id int primary key); create table children (parent int references parents initially deferred)',
    )
    await expect(asAda(() => sql`insert into children values (${1})`)).rejects.toMatchObject({
      code: '23503',
    })
  })

  test('of a value that cannot be sent leaves the pool as good as it was', async () => {
    class Unspeakable extends Date {
      override toISOString(): string {
        throw new Error('unspeakable')
      }
    }
    const unspeakable = new Unspeakable()
    const row: Record<string, string | undefined> = { note: undefined }
    for (const _ of ['first', 'again', 'and again', 'often']) {
      await expect(
        asAda(() => sql`insert into deeds (note) values (${unspeakable}::timestamptz::text)`),
      ).rejects.toThrow('unspeakable')
      await expect(asAda(() => sql`insert into deeds ${sql(row)}`)).rejects.toThrow('UNDEFINED_VALUE')
      await expect(
        asAda(() =>
          sql.begin(
            (transaction) => transaction`insert into deeds (note) values (${unspeakable}::timestamptz::text)`,
          ),
        ),
      ).rejects.toThrow('unspeakable')
      await expect(
        asAda(() => sql.begin((transaction) => transaction`insert into deeds ${sql(row)}`)),
      ).rejects.toThrow('UNDEFINED_VALUE')
      await asAda(() => sql`insert into deeds (note) values (${'fine'})`)
    }
    expect(await lines()).toEqual(Array.from({ length: 4 }, () => 'fine by ada'))
  })

  test('of a connection that is lost rejects, and the next write finds another', async () => {
    const lossy = audited(postgres(database.url, options))
    const waiting = asAda(() => lossy`insert into deeds (note) select ${'a'} || pg_sleep(60)::text`)
    const outcome = expect(waiting).rejects.toMatchObject({
      code: expect.stringMatching(/57P01|CONNECTION_CLOSED/),
    })
    await expect
      .poll(() =>
        database.query(
          `select pg_terminate_backend(pid) as gone from pg_stat_activity where query like '%pg_sleep(60)%' and pid <> pg_backend_pid() and datname = current_database()`,
        ),
      )
      .toEqual([{ gone: true }])
    await outcome
    await asAda(() => lossy`insert into deeds (note) values (${'after'})`)
    // postgres.js waits for ever for a query whose connection was lost
    await lossy.end({ timeout: 1 })
    expect(await lines()).toEqual(['after by ada'])
  })

  test('of a database without Backstory says so', async () => {
    const empty = await openPostgres({ template: 'empty' })
    await empty.run('create table deeds (note text)')
    const there = audited(postgres(empty.url, options))
    const writes: readonly (() => PromiseLike<unknown>)[] = [
      () => there`insert into deeds (note) values (${'a'})`,
      () => there.unsafe(`insert into deeds (note) values ('a')`),
      () => there.begin((transaction) => transaction`insert into deeds (note) values (${'a'})`),
    ]
    for (const write of writes) {
      await expect(asAda(write)).rejects.toMatchObject({ code: 'not_installed', cause: { code: '3F000' } })
    }
    await there`insert into deeds (note) values (${'b'})`
    expect(await asAda(() => there`select note from deeds`)).toEqual([{ note: 'b' }])
    await there.end()
    await empty.close()
  })
})

test("writes that wait for each other's connection end before the pool does", async () => {
  const few = audited(postgres(database.url, options))
  const names = Array.from({ length: 40 }, (_, index) => `user ${index}`)
  const all = Promise.all(
    names.map((userId) => actingAs({ userId }, () => few`insert into deeds (note) values (${userId})`)),
  )
  await all
  await few.end()
  expect((await lines()).toSorted()).toEqual(names.map((name) => `${name} by ${name}`).toSorted())
  await expect(asAda(() => few`insert into deeds (note) values ('late')`)).rejects.toMatchObject({
    code: 'CONNECTION_ENDED',
  })
})

test("what nobody bound runs in nobody's context, not in that of the one who opened the connection", async () => {
  const one = audited(
    postgres(database.url, { ...options, max: 1, onnotice: () => seen.push(currentContext()) }),
  )
  const seen: unknown[] = []
  await asAda(() => one`select 1`)
  await one`do $$ begin raise notice 'heard'; end $$`
  await one.end()
  expect(seen).toEqual([undefined])
})
