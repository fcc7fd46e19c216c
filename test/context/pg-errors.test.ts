import pg from 'pg'
import Cursor from 'pg-cursor'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { actingAs } from '../../src/context/context.ts'
import { audited } from '../../src/pg.ts'
import { openPostgres } from '../support/database.ts'
import { copyInto, preparations, statement } from './pg-styles.ts'
import { witnessTables, witnessedBy } from './witness.ts'

let database: Awaited<ReturnType<typeof openPostgres>>
let plain: pg.Client
let client: pg.Client

beforeAll(async () => {
  database = await openPostgres()
  await database.run(witnessTables)
  plain = new pg.Client({ connectionString: database.url })
  client = audited(new pg.Client({ connectionString: database.url }))
  await plain.connect()
  await client.connect()
})

afterAll(async () => {
  await plain.end()
  await client.end()
  await database.close()
})

beforeEach(() => database.run('truncate deeds, witnessed'))

/** What an error says, but for the addresses in the server's source. */
async function errorOf(work: () => Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error
    const { message, code, position, detail, table, column, constraint, severity } = error
    // a row that was refused has had its number
    const told = detail?.replace(/\d+/, 'n')
    return { message, code, position, detail: told, table, column, constraint, severity }
  }
  throw new Error('It was expected to fail.')
}

const acting = <Value>(work: () => Promise<Value>) => actingAs({ userId: `it's "ada" \\ 😀` }, work)

describe('an error is the one that it is without an actor, position included', () => {
  const texts = [
    `insert into nowhere (note) values ('a')`,
    `insert into deeds (😀note) values ('a')`,
    `insert into deeds (note) values (null)`,
    `inser into deeds`,
    `insert into deeds (note) values ('a'); select 1; insert into nowhere values (1)`,
    `begin; insert into deeds (note) values ('😀'); insert into nowhere values (1)`,
    `-- 😀\n  insert into nowhere values (1)`,
    `insert into deeds (note) values ('a'); commit; update nowhere set a = 1`,
  ]
  test.each(texts)('of the text %j', async (text) => {
    const expected = await errorOf(() => plain.query(text))
    await plain.query('rollback')
    expect(await errorOf(() => acting(() => client.query(text)))).toEqual(expected)
    await client.query('rollback')
  })

  describe.each(preparations)('of a %s statement', (preparation) => {
    test.each([
      ['insert into nowhere (note) values ($1)', ['a']],
      ['insert into deeds (note) values ($1)', [null]],
      ['insert into deeds (id, note) values ($1, $1)', ['a']],
      ['inser into deeds values ($1)', ['a']],
      ['insert into deeds (note) values ($1)', []],
    ])('%j with %j', async (text, values) => {
      const run = (target: pg.Client) => target.query(statement(preparation, text, values))
      const expected = await errorOf(() => run(plain))
      expect(await errorOf(() => acting(() => run(client)))).toEqual(expected)
      // and the client is none the worse for it
      await acting(() =>
        client.query(statement(preparation, 'insert into deeds (note) values ($1)', ['fine'])),
      )
      expect(await client.query('select 1 as one')).toMatchObject({ rows: [{ one: 1 }] })
      expect(await database.query('select distinct note from witnessed')).toEqual([{ note: 'fine' }])
    })

    test('whose value cannot be sent', async () => {
      const bad = {
        toPostgres: () => {
          throw new TypeError('not to be sent')
        },
      }
      const run = (target: pg.Client) =>
        target.query(statement(preparation, 'insert into deeds (note) values ($1)', [bad]))
      await expect(run(plain)).rejects.toThrow('not to be sent')
      await expect(acting(() => run(client))).rejects.toThrow('not to be sent')
      // not the same: pg has closed the statement and believes it to be open
      await client.query(statement(preparation, 'insert into deeds (note) select $1', ['a']))
      expect(await witnessedBy(database.query)).toEqual(['a by nobody'])
    })
  })

  test('of a cursor', async () => {
    const run = (target: pg.Client) =>
      target.query(new Cursor('insert into nowhere values ($1)', [1])).read(1)
    const expected = await errorOf(() => run(plain))
    expect(await errorOf(() => acting(() => run(client)))).toEqual(expected)
  })

  test('of what the driver refuses by itself', async () => {
    // @ts-expect-error -- no statement
    expect(() => client.query(null)).toThrow('null or undefined query')
    await expect(acting(() => client.query({ text: '' }))).resolves.toMatchObject({ rows: [] })
    await expect(acting(() => client.query({ name: 'n', text: 'select 1' }))).resolves.toBeDefined()
    await expect(
      acting(() => client.query({ name: 'n', text: 'insert into deeds values (1)' })),
    ).rejects.toThrow('Prepared statements must be unique')
  })

  test('of a statement that takes too long', async () => {
    const slow = Object.assign(
      { text: 'insert into deeds (note) select pg_sleep(1)::text' },
      { query_timeout: 50 },
    )
    const timed = audited(new pg.Client({ connectionString: database.url }))
    await timed.connect()
    await expect(acting(() => timed.query(slow))).rejects.toThrow('Query read timeout')
    await expect(
      acting(() => timed.query(`insert into deeds (note) values ('after')`)),
    ).resolves.toBeDefined()
    await timed.end()
    expect((await witnessedBy(database.query)).at(-1)).toMatch(/^after by it's/)
  })

  test('of a connection that is lost', async () => {
    const lost = audited(new pg.Client({ connectionString: database.url }))
    lost.on('error', () => undefined)
    await lost.connect()
    const { rows } = await lost.query<{ pid: number }>('select pg_backend_pid() as pid')
    const waiting = acting(() => lost.query('insert into deeds (note) select pg_sleep(60)::text'))
    const outcome = expect(waiting).rejects.toThrow(/terminat/)
    await database.query(`select pg_terminate_backend($1)`, [String(rows[0]?.pid)])
    await outcome
    await expect(acting(() => lost.query(`insert into deeds (note) values ('a')`))).rejects.toThrow()
  })
})

describe('where Backstory is not installed', () => {
  let empty: Awaited<ReturnType<typeof openPostgres>>
  let uninstalled: pg.Client

  beforeAll(async () => {
    empty = await openPostgres({ template: 'empty' })
    await empty.run('create table deeds (note text not null)')
    uninstalled = audited(new pg.Client({ connectionString: empty.url }))
    await uninstalled.connect()
  })

  afterAll(async () => {
    await uninstalled.end()
    await empty.close()
  })

  const notInstalled = (missing: string) =>
    expect.objectContaining({
      name: 'BackstoryError',
      code: 'not_installed',
      message: expect.stringContaining('backstory.install()'),
      cause: expect.objectContaining({ message: expect.stringContaining(missing) }),
    })

  test.each(preparations)('a %s write with an actor fails, and says so', async (preparation) => {
    const write = () =>
      uninstalled.query(statement(preparation, 'insert into deeds (note) values ($1)', ['a']))
    for (const _ of ['first', 'again'])
      await expect(acting(write)).rejects.toThrow(notInstalled('schema "backstory"'))
    await expect(acting(() => uninstalled.query(`insert into deeds (note) values ('a')`))).rejects.toThrow(
      notInstalled('schema "backstory"'),
    )
    await expect(acting(() => copyInto(uninstalled, 'copy deeds from stdin', ['a']))).rejects.toThrow(
      notInstalled('schema "backstory"'),
    )
    expect(await empty.query('select note from deeds')).toEqual([])
  })

  test('all else works', async () => {
    await uninstalled.query(`insert into deeds (note) values ('a')`)
    expect(await acting(() => uninstalled.query('delete from nothing').catch(() => 'no'))).toBe('no')
    expect((await acting(() => uninstalled.query('select note from deeds'))).rows).toEqual([{ note: 'a' }])
    await empty.run('truncate deeds')
  })

  test('or in another schema, it names that schema', async () => {
    const elsewhere = audited(new pg.Client({ connectionString: database.url }), { schema: 'elsewhere' })
    await elsewhere.connect()
    const write = () => elsewhere.query(`insert into deeds (note) values ('a')`)
    await expect(acting(write)).rejects.toThrow(/in the schema "elsewhere"/)
    await database.run(`create schema elsewhere`)
    await expect(acting(write)).rejects.toMatchObject({ code: 'not_installed', cause: { code: '42883' } })
    await database.run(`create function elsewhere.carry_context(actor text, rest text) returns void language plpgsql as $$
      begin perform set_config('backstory.user_id', actor, true); end $$`)
    await actingAs({ userId: 'ada' }, write)
    await elsewhere.end()
    expect(await witnessedBy(database.query)).toEqual(['a by ada'])
  })

  test('or forbidden to the role, it says that', async () => {
    const role = `outsider_${process.pid}`
    await empty.run(`create schema backstory; create role ${role}; grant all on deeds to ${role}`)
    await uninstalled.query(`set role ${role}`)
    const write = () => uninstalled.query(`insert into deeds (note) values ('a')`)
    await expect(acting(write)).rejects.toMatchObject({
      code: 'not_installed',
      message: expect.stringContaining('grant usage'),
      cause: { code: '42501' },
    })
    await uninstalled.query('reset role')
    await empty.run(`drop owned by ${role}; drop role ${role}; drop schema backstory`)
  })
})

describe('a write that cannot be recorded', () => {
  beforeAll(() =>
    database.run(`
      create table broken (note text);
      create function backstory.capture_broken() returns trigger language plpgsql as $$
      begin
        if new.note = 'refused' then
          raise exception 'A write without an actor.' using errcode = 'BS106';
        elsif new.note = 'deadlock' then
          raise exception 'deadlock detected' using errcode = '40P01';
        end if;
        insert into nowhere values (1);
        return null;
      end $$;
      create trigger capture after insert on broken for each row execute function backstory.capture_broken();
    `),
  )

  const prefix = 'Backstory could not record this write, so the write was refused: '

  test.each([
    ['with an actor', { userId: 'ada' }],
    ['without', {}],
  ])('says so, and is the error that it was, %s', async (_, context) => {
    const writes: readonly (() => Promise<unknown>)[] = [
      () => client.query(`insert into broken values ('a')`),
      () => client.query('insert into broken values ($1)', ['a']),
      () => client.query(new Cursor('insert into broken values ($1)', ['a'])).read(1),
    ]
    for (const run of writes) {
      await expect(actingAs(context, run)).rejects.toMatchObject({
        message: `${prefix}relation "nowhere" does not exist`,
        code: '42P01',
        where: expect.stringContaining('backstory.capture_broken()'),
      })
    }
  })

  test.each([
    ['refused', 'A write without an actor.', 'BS106'],
    ['deadlock', 'deadlock detected', '40P01'],
  ])('says only what it has to say when it is %s', async (note, message, code) => {
    const write = client.query('insert into broken values ($1)', [note])
    await expect(write).rejects.toMatchObject({ message, code })
  })
})
