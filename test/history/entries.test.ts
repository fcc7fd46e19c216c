import { beforeAll, expect, test } from 'vitest'

import { createBackstory, type Entry, type EntryFilter } from '../../src/index.ts'
import { describeOnPostgresAndPglite } from '../support/database.ts'

describeOnPostgresAndPglite('entries', (db) => {
  const backstory = () => createBackstory(db().database)

  async function ids(filter: EntryFilter): Promise<string[]> {
    const found: string[] = []
    for await (const entry of backstory().entries(filter)) found.push(`${entry.elementId}:${entry.action}`)
    return found
  }

  async function readOne(filter: EntryFilter): Promise<Entry> {
    const { entries } = await backstory().entries(filter)
    const [entry] = entries
    if (entry === undefined) throw new Error('There is no such entry.')
    return entry
  }

  beforeAll(async () => {
    await db().run(`
      create table items (id integer primary key, world text, price numeric);
      create table pairs (a text, b bigint, note text, primary key (a, b));`)
    await backstory().track('items', { scope: 'world' })
    await backstory().track('pairs')
    await db().session(async (session) => {
      await session.run(`begin; select backstory.set_context('{"userId": "ada", "reason": "first"}');
        insert into items values (1, 'earth', 1.50), (2, 'earth', 12345678901234567890.10); commit;`)
      await session.run(`begin; select backstory.set_context('{"userId": "bo"}');
        update items set price = 2 where id = 1; delete from items where id = 2; commit;`)
      await session.run(`insert into pairs values ('x', 9007199254740993, 'big'), ('y', 1, null);`)
    })
  })

  test('come newest first, and oldest first when asked for', async () => {
    expect(await ids({ elementType: 'items' })).toEqual(['2:delete', '1:update', '2:insert', '1:insert'])
    expect(await ids({ elementType: 'items', order: 'oldest' })).toEqual([
      '1:insert',
      '2:insert',
      '1:update',
      '2:delete',
    ])
  })

  test('carry every column of the log, numbers as exact as PostgreSQL has them', async () => {
    const entry = await readOne({ elementType: 'items', elementId: 2, action: 'insert' })
    expect(entry).toMatchObject({
      elementType: 'items',
      elementId: '2',
      scope: 'earth',
      userId: 'ada',
      action: 'insert',
      context: { reason: 'first' },
    })
    expect(JSON.stringify(entry.changes)).toContain('"price":12345678901234567890.10')
    expect(entry.timestamp).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/)
    expect(entry.id).toMatch(/^\d+$/)
    expect(entry.transactionId).toMatch(/^\d+$/)
  })

  test.each<[string, EntryFilter, string[]]>([
    ['an element', { elementType: 'items', elementId: 1 }, ['1:update', '1:insert']],
    ['an element of any type', { elementId: '2' }, ['2:delete', '2:insert']],
    ['an actor', { userId: 'ada' }, ['2:insert', '1:insert']],
    ['nobody', { userId: null }, ['["y",1]:insert', '["x",9007199254740993]:insert']],
    ['one action', { action: 'delete' }, ['2:delete']],
    ['several actions', { action: ['delete', 'update'] }, ['2:delete', '1:update']],
    [
      'a composite key',
      { elementType: 'pairs', elementId: ['x', 9007199254740993n] },
      ['["x",9007199254740993]:insert'],
    ],
    ['a type without entries', { elementType: 'nothing' }, []],
    ['a value that is no SQL', { userId: `'; drop table audit_logs; --` }, []],
  ])('are found by %s', async (_, filter, expected) => {
    expect(await ids(filter)).toEqual(expected)
  })

  test('of one transaction are found by its id', async () => {
    const { transactionId } = await readOne({ action: 'delete' })
    expect(await ids({ transactionId })).toEqual(['2:delete', '1:update'])
  })

  test('are found by time: since includes, until excludes, and microseconds count', async () => {
    const update = await readOne({ action: 'update' })
    expect(await ids({ elementType: 'items', since: update.timestamp })).toEqual(['2:delete', '1:update'])
    expect(await ids({ elementType: 'items', until: update.timestamp })).toEqual(['2:insert', '1:insert'])
    expect(await ids({ until: new Date(0) })).toEqual([])
  })

  test('come in pages whose cursor stays valid while entries arrive', async () => {
    const filter = { elementType: 'items', limit: 3 } as const
    const first = await backstory().entries(filter)
    expect(first.entries.map(({ elementId }) => elementId)).toEqual(['2', '1', '2'])
    expect(first.nextCursor).not.toBeNull()
    await db().run(`insert into items values (3, 'earth', 1)`)
    const second = await backstory().entries({ ...filter, cursor: first.nextCursor ?? '' })
    expect(second.entries.map(({ elementId, action }) => `${elementId}:${action}`)).toEqual(['1:insert'])
    expect(second.nextCursor).toBeNull()
    const iterated = await ids({ elementType: 'items', limit: 1 })
    expect(iterated).toEqual(['3:insert', '2:delete', '1:update', '2:insert', '1:insert'])
  })

  test('of an element are one history under every name that its table had, in either order, page by page', async () => {
    const readAll = async (elementType: string, order: 'newest' | 'oldest') => {
      const found: [string, unknown][] = []
      const pages = backstory().element(elementType, 1).entries({ order, limit: 1 })
      for await (const entry of pages) found.push([entry.elementType, entry.changes?.after?.['n']])
      return found
    }
    await db().run('create table first_name (id integer primary key, n integer)')
    await backstory().track('first_name')
    await db().run('insert into first_name values (1, 0); update first_name set n = 1')
    const before: [string, unknown][] = [
      ['first_name', 0],
      ['first_name', 1],
    ]
    expect(await readAll('first_name', 'oldest')).toEqual(before)
    await db().run(`
      alter table first_name rename to second_name; select backstory.follow();
      update second_name set n = 2;
      alter table second_name rename to third_name; select backstory.follow();
      update third_name set n = 3;`)
    const all = [...before, ['second_name', 2], ['third_name', 3]]
    for (const name of ['first_name', 'second_name', 'third_name']) {
      expect(await readAll(name, 'oldest'), name).toEqual(all)
      expect(await readAll(name, 'newest'), name).toEqual(all.toReversed())
    }
    // another table may take a name that became free
    await db().run('create table first_name (id integer primary key, n integer)')
    await backstory().track('first_name')
    await db().run('insert into first_name values (1, 7)')
    expect(await readAll('first_name', 'oldest')).toEqual([['first_name', 7]])
    expect(await readAll('third_name', 'newest')).toEqual(all.toReversed())
  })

  test('a page that is exactly full says that there is none after it', async () => {
    const page = await backstory().entries({ userId: 'ada', limit: 2 })
    expect(page.entries).toHaveLength(2)
    expect(page.nextCursor).toBeNull()
  })

  test.each<[string, EntryFilter, string]>([
    ['a limit of 0', { limit: 0 }, 'invalid_argument'],
    ['a limit of 1,001', { limit: 1001 }, 'invalid_argument'],
    ['a time that is none', { since: 'yesterday' }, 'invalid_argument'],
    ['an invalid date', { until: new Date(Number.NaN) }, 'invalid_argument'],
    ['a transaction that is no number', { transactionId: '1 or true' }, 'invalid_argument'],
    ['a cursor that is none', { cursor: 'abc' }, 'invalid_cursor'],
    // @ts-expect-error there is no such action
    ['an action that is none', { action: 'upsert' }, 'invalid_argument'],
    // @ts-expect-error there is no such order
    ['an order that is none', { order: 'random' }, 'invalid_argument'],
    // @ts-expect-error there is no such filter
    ['a filter that is not known', { user: 'ada' }, 'invalid_argument'],
  ])('refuse %s', async (_, filter, code) => {
    await expect((async () => backstory().entries(filter))()).rejects.toMatchObject({
      name: 'BackstoryError',
      code,
    })
  })

  test('refuse the cursor of another filter', async () => {
    const { nextCursor } = await backstory().entries({ elementType: 'items', limit: 1 })
    await expect(
      (async () => backstory().entries({ userId: 'ada', cursor: nextCursor ?? '' }))(),
    ).rejects.toMatchObject({ code: 'invalid_cursor' })
  })
})
