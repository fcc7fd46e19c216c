import pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { actingAs, currentContext } from '../../src/context/context.ts'
import { auditClient, audited } from '../../src/pg.ts'
import { openPostgres } from '../support/database.ts'
import { callStyles, copyInto, preparations, statement, textStyles } from './pg-styles.ts'
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

const insertTwo = 'insert into deeds (note) values ($1), ($2) returning note'
const insertText = `insert into deeds (note) values ('a'), ('b') returning note`

describe.each(preparations)('a %s write carries the actor and gives what it gives without', (preparation) => {
  test.each(callStyles)('as $title', async ({ run }) => {
    const expected = await run(plain, insertTwo, ['a', 'b'], preparation)
    for (const _ of ['first', 'again']) {
      const given = await actingAs({ userId: 'ada' }, () => run(client, insertTwo, ['a', 'b'], preparation))
      expect(given).toEqual(expected)
    }
    expect(await run(client, insertTwo, ['a', 'b'], preparation)).toEqual(expected)
    expect(await witnessedBy(database.query)).toEqual([
      'a by nobody',
      'b by nobody',
      ...['a by ada', 'b by ada', 'a by ada', 'b by ada'],
      'a by nobody',
      'b by nobody',
    ])
  })

  test('in pipeline mode', async () => {
    const pipelining = audited(new pg.Client({ connectionString: database.url, pipeline: true }))
    await pipelining.connect()
    const names = ['ada', 'bob', undefined, 'cyd', undefined]
    const results = await Promise.all(
      names.map((userId) =>
        actingAs({ userId }, () =>
          pipelining.query(statement(preparation, insertTwo, [userId ?? 'nobody', 'x'])),
        ),
      ),
    )
    expect(results.map(({ rows }) => rows[0])).toEqual(names.map((userId) => ({ note: userId ?? 'nobody' })))
    await pipelining.end()
    const lines = await witnessedBy(database.query)
    expect(lines.filter((line) => !line.startsWith('x'))).toEqual(
      names.map((userId) => `${userId ?? 'nobody'} by ${userId ?? 'nobody'}`),
    )
  })

  test('in pipeline mode within transactions that nobody waits for', async () => {
    const pipelining = audited(new pg.Client({ connectionString: database.url, pipeline: true }))
    await pipelining.connect()
    const insert = (note: string) =>
      actingAs({ userId: note }, () =>
        pipelining.query(statement(preparation, 'insert into deeds (note) values ($1)', [note])),
      )
    const sent = [
      pipelining.query('begin'),
      insert('ada'),
      insert('bob'),
      pipelining.query('savepoint s'),
      insert('cyd'),
      pipelining.query('rollback to s'),
      insert('cyd'),
      pipelining.query('commit'),
      insert('dee'),
      pipelining.query(statement(preparation, 'insert into deeds (note) values ($1)', ['nobody'])),
    ]
    await Promise.all(sent)
    await pipelining.end()
    expect(await witnessedBy(database.query)).toEqual([
      'ada by ada',
      'bob by bob',
      'cyd by cyd',
      'dee by dee',
      'nobody by nobody',
    ])
  })
})

describe('a write carries the actor and gives what it gives without', () => {
  test.each(textStyles)('as $title', async ({ run }) => {
    const expected = await run(plain, insertText)
    expect(await actingAs({ userId: 'ada' }, () => run(client, insertText))).toEqual(expected)
    expect(await witnessedBy(database.query)).toEqual(['a by nobody', 'b by nobody', 'a by ada', 'b by ada'])
  })

  test('as COPY FROM STDIN, one that fails included', async () => {
    const copy = 'copy deeds (note) from stdin'
    expect(await actingAs({ userId: 'ada' }, () => copyInto(client, copy, ['a', 'b']))).toBe(2)
    await expect(actingAs({ userId: 'ada' }, () => copyInto(client, copy, ['a', '\\N']))).rejects.toThrow(
      'null value',
    )
    expect(await copyInto(client, copy, ['c'])).toBe(1)
    expect(await witnessedBy(database.query)).toEqual(['a by ada', 'b by ada', 'c by nobody'])
  })

  test('as the same named statement prepared before anybody acted', async () => {
    const named = () =>
      client.query({ name: 'n', text: 'insert into deeds (note) values ($1)', values: ['a'] })
    await named()
    await actingAs({ userId: 'ada' }, named)
    await actingAs({ userId: 'bob' }, () => client.query({ name: 'n', values: ['b'], text: '' }))
    expect(await witnessedBy(database.query)).toEqual(['a by nobody', 'a by ada', 'b by bob'])
  })

  test('as every kind of statement that writes rows', async () => {
    const writes = [
      `insert into deeds (note) values ('kept')`,
      `update deeds set note = 'updated'`,
      `with gone as (delete from deeds returning note) insert into deeds (note) select note from gone`,
      `merge into deeds using (values ('merged')) as given (note) on true when matched then update set note = given.note`,
      `do $$ begin insert into deeds (note) values ('done'); end $$`,
      `explain analyze insert into deeds (note) values ('explained')`,
      `prepare p as insert into deeds (note) values ('executed')`,
      'execute p',
      'delete from deeds',
    ]
    const text = (await plain.query<{ v: number }>(`select current_setting('server_version_num')::int as v`))
      .rows
    for (const write of writes) {
      if (write.startsWith('merge') && (text[0]?.v ?? 0) < 150_000) continue
      await actingAs({ userId: 'ada' }, () => client.query(write))
    }
    const lines = await witnessedBy(database.query)
    expect(lines.length).toBeGreaterThanOrEqual(11)
    expect(lines.filter((line) => !line.endsWith(' by ada'))).toEqual([])
  })
})

test('COPY TO is left alone, in and out of a transaction', async () => {
  await actingAs({ userId: 'ada' }, async () => {
    for (const [begin, end] of [
      ['', ''],
      ['begin', 'commit'],
    ]) {
      if (begin) await client.query(begin)
      await client.query(`insert into deeds (note) values ('a')`)
      const chunks: Buffer[] = []
      for await (const chunk of client.query(copyTo('copy deeds (note) to stdout')))
        chunks.push(Buffer.from(chunk))
      expect(Buffer.concat(chunks).toString()).toMatch(/^(?:a\n)+$/)
      if (end) await client.query(end)
    }
  })
})

test('what must stand alone still works inside actingAs', async () => {
  const alone = [
    'vacuum deeds',
    'create index concurrently deeds_note on deeds (note)',
    'drop index concurrently deeds_note',
    `call do_deeds_in_steps('step')`,
    `do $$ begin insert into deeds (note) values ('a'); commit; insert into deeds (note) values ('b'); end $$`,
    'reindex table concurrently deeds',
    'create database in_vain_is_not_created_in_a_transaction',
    'drop database in_vain_is_not_created_in_a_transaction',
  ]
  for (const text of alone) await actingAs({ userId: 'ada' }, () => client.query(text))
  // and says so in the guide: such a call names nobody by itself
  expect(await witnessedBy(database.query)).toEqual([
    'step 1 by nobody',
    'step 2 by nobody',
    'a by nobody',
    'b by nobody',
  ])
})

test('a class of clients can be audited, and its subclasses', async () => {
  const Audited = auditClient(pg.Client)
  class Custom extends Audited {
    readonly seen: unknown[] = []
  }
  for (const made of [
    new Audited({ connectionString: database.url }),
    new Custom({ connectionString: database.url }),
  ]) {
    expect(made).toBeInstanceOf(pg.Client)
    await made.connect()
    await actingAs({ userId: 'ada' }, () => made.query(insertTwo, ['a', 'b']))
    await made.end()
  }
  expect(await witnessedBy(database.query)).toEqual(['a by ada', 'b by ada', 'a by ada', 'b by ada'])
})

describe('callbacks run in the context of whoever gave them', () => {
  test.each(preparations)('of a %s query', async (preparation) => {
    const seen = await actingAs(
      { userId: 'ada' },
      () =>
        new Promise((resolve) => {
          client.query(statement(preparation, 'select $1::int', [1]), () => resolve(currentContext()?.userId))
        }),
    )
    expect(seen).toBe('ada')
  })

  test('of a cursor, a stream and a pg.Query', async () => {
    const seen = await actingAs({ userId: 'ada' }, async () => {
      const row = await new Promise((resolve) => {
        client.query(new pg.Query('select 1')).on('row', () => resolve(currentContext()?.userId))
      })
      return [row]
    })
    expect(seen).toEqual(['ada'])
  })

  test("and what nobody bound runs in nobody's, not in that of the one who opened the connection", async () => {
    const opened = audited(new pg.Client({ connectionString: database.url }))
    let seen: unknown = 'nothing'
    await actingAs({ userId: 'ada' }, async () => {
      await opened.connect()
      expect(currentContext()?.userId).toBe('ada')
      await opened.query('listen news')
    })
    const heard = new Promise((resolve) => {
      opened.on('notification', () => {
        seen = currentContext()
        resolve(undefined)
      })
    })
    await plain.query('notify news')
    await heard
    await opened.end()
    expect(seen).toBeUndefined()
  })
})
