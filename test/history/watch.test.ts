import { beforeAll, expect, test } from 'vitest'

import { createBackstory, type Entry, type Watch, type WatchOptions } from '../../src/index.ts'
import { describeOnPostgresAndPglite } from '../support/database.ts'

/** The next entries of a watch, `elementId:action` each. */
async function take(watch: Watch, count: number): Promise<string[]> {
  const taken: string[] = []
  if (count === 0) return taken
  for await (const entry of watch) {
    taken.push(describeEntry(entry))
    if (taken.length === count) return taken
  }
  return taken
}

const describeEntry = ({ elementId, action }: Entry) => `${elementId}:${action}`

describeOnPostgresAndPglite('watch', (db) => {
  const backstory = () => createBackstory(db().database)
  const watch = (options: WatchOptions = {}) => backstory().watch({ pollMs: 10, ...options })

  let marks = 0

  /** Everything up to an entry that is written now, and that is not among it. */
  async function takeRest(stream: Watch): Promise<string[]> {
    const mark = `mark ${++marks}`
    await db().run(`insert into other values ('${mark}'); delete from other where id = '${mark}'`)
    const taken: string[] = []
    for await (const entry of stream) {
      if (entry.elementId === mark && entry.action === 'delete') break
      if (!entry.elementId.startsWith('mark')) taken.push(describeEntry(entry))
    }
    return taken
  }

  beforeAll(async () => {
    await db().run(`
      create table watched (id integer primary key, note text);
      create table other (id text primary key);
      select backstory.track('watched');
      select backstory.track('other');
      insert into watched values (1, 'before');`)
  })

  test('begins with what is committed from now on', async () => {
    const stream = watch()
    await stream.start()
    await db().run(`update watched set note = 'a' where id = 1; insert into watched values (2)`)
    expect(await takeRest(stream)).toEqual(['1:update', '2:insert'])
  })

  test('begins with the first entry there is when told so, and goes on with the new ones', async () => {
    const stream = watch({ from: 'beginning', limit: 2 })
    expect(await take(stream, 1)).toEqual(['1:insert'])
    await db().run(`insert into watched values (3)`)
    expect((await takeRest(stream)).at(-1)).toBe('3:insert')
    const { entries } = await backstory().entries({ order: 'oldest', limit: 1000 })
    expect(await take(watch({ from: 'beginning', limit: 3 }), entries.length)).toEqual(
      entries.map(describeEntry),
    )
  })

  test.each([1, 3, 1000])('goes on after any entry, also within a batch, with pages of %i', async (limit) => {
    const first = await watch().start()
    const id = 100 * limit
    await db().run(`insert into watched select g from generate_series(${id + 1}, ${id + 5}) g`)
    await db().run(`insert into watched select g from generate_series(${id + 6}, ${id + 7}) g`)
    const expected = Array.from({ length: 7 }, (_, index) => `${id + index + 1}:insert`)
    for (let taken = 0; taken <= 7; taken++) {
      const stream = watch({ after: first, limit })
      expect(await take(stream, taken)).toEqual(expected.slice(0, taken))
      const cursor = stream.cursor ?? first
      expect(await take(watch({ after: cursor, limit }), 7 - taken)).toEqual(expected.slice(taken))
    }
  })

  test('goes on where the last loop over it ended', async () => {
    const stream = watch()
    await stream.start()
    await db().run(`insert into watched values (11), (12), (13)`)
    expect(await take(stream, 2)).toEqual(['11:insert', '12:insert'])
    expect(await takeRest(stream)).toEqual(['13:insert'])
  })

  test('does not deliver what was rolled back, to a savepoint or whole', async () => {
    const stream = watch()
    await stream.start()
    await db().session(async (session) => {
      await session.run(`
        begin;
        insert into watched values (21);
        savepoint a;
        insert into watched values (22);
        rollback to a;
        savepoint b;
        insert into watched values (23);
        release b;
        savepoint c;
        insert into watched values (24);
        commit;`)
      await session.run('begin; insert into watched values (25); rollback')
    })
    expect(await takeRest(stream)).toEqual(['21:insert', '23:insert', '24:insert'])
  })

  test.each<[string, WatchOptions, string[]]>([
    ['a type', { elementType: 'other' }, ['1:insert', '2:insert', '1:delete']],
    ['an element', { elementType: 'watched', elementId: 31 }, ['31:insert', '31:update']],
    ['an actor', { userId: 'ada' }, ['31:update', '1:insert']],
    ['an action', { action: 'update' }, ['31:update']],
    ['a path', { changed: 'note' }, ['31:insert', '31:update']],
    ['a path of a type', { elementType: 'watched', newValue: { note: 'x' } }, ['31:update']],
  ])('delivers only what a filter describes: %s', async (_, filter, expected) => {
    const stream = watch({ ...filter, limit: 1 })
    await stream.start()
    await db().run(`insert into watched values (31)`)
    await db().session(async (session) => {
      await session.run(`begin; select backstory.set_context('{"userId": "ada"}');
        update watched set note = 'x' where id = 31; insert into other values ('1'); commit`)
    })
    await db().run(`insert into other values ('2'); delete from other where id = '1'`)
    expect(await take(stream, expected.length)).toEqual(expected)
    await db().run('delete from watched where id = 31; delete from other')
  })

  test('moves its cursor past what a filter leaves out', async () => {
    const controller = new AbortController()
    const stream = watch({ userId: 'nobody of that name', signal: controller.signal })
    const first = await stream.start()
    const done = take(stream, 1)
    await db().run('insert into watched values (41)')
    while (stream.cursor === first) await new Promise((resolve) => setTimeout(resolve, 5))
    controller.abort()
    expect(await done).toEqual([])
    expect(await takeRest(watch({ after: stream.cursor }))).toEqual([])
  })

  test('follows a table that is renamed while it is watched, by its old name', async () => {
    await db().run(`create table named (id integer primary key); select backstory.track('named')`)
    const stream = watch({ elementType: 'named' })
    await stream.start()
    await db().run('insert into named values (1)')
    expect(await take(stream, 1)).toEqual(['1:insert'])
    await db().run('alter table named rename to renamed')
    await db().run('insert into renamed values (2)')
    expect(await take(stream, 1)).toEqual(['2:insert'])
  })

  test('reads a batch of many pages completely and in order, be it dense or spread over a long log', async () => {
    await db().run(`create table many (id integer primary key); select backstory.track('many')`)
    const stream = watch({ limit: 10 })
    const first = await stream.start()
    await db().run('insert into many select generate_series(1, 400)')
    const dense = await take(stream, 400)
    expect(dense).toEqual(Array.from({ length: 400 }, (_, index) => `${index + 1}:insert`))
    const filtered = await take(watch({ after: first, limit: 10, elementType: 'many' }), 400)
    expect(filtered).toEqual(dense)
    // its entries are far apart, those of others in between were delivered before
    await db().run(`
      do $$
      begin
        for i in 1 .. 40 loop
          insert into many values (10000 + i);
          perform nextval('audit_logs_id_seq') from generate_series(1, 100);
        end loop;
      end
      $$`)
    expect(await take(stream, 40)).toEqual(
      Array.from({ length: 40 }, (_, index) => `${10001 + index}:insert`),
    )
    expect(await takeRest(stream)).toEqual([])
  })

  test('delivers entries that were restored from another server once, whatever their transactions say', async () => {
    const before = watch()
    await before.start()
    await db().run(`
      insert into public.audit_logs (element_type, element_id, action, transaction_id)
      values ('watched', '50051', 'delete', '9000000000000'), ('watched', '50052', 'delete', '3')`)
    const fromNow = watch()
    await fromNow.start()
    await db().run('insert into watched values (50053)')
    expect(await take(fromNow, 1)).toEqual(['50053:insert'])
    const stream = watch({ from: 'beginning', limit: 7 })
    const all: string[] = []
    for await (const entry of stream) {
      all.push(describeEntry(entry))
      if (entry.elementId === '50053') break
    }
    expect(all.slice(-3)).toEqual(['50051:delete', '50052:delete', '50053:insert'])
    await db().run('insert into watched values (54)')
    expect(await take(watch({ after: stream.cursor }), 1)).toEqual(['54:insert'])
  })

  test('is ended by its signal, without an error, and keeps its cursor', async () => {
    const controller = new AbortController()
    const stream = watch({ signal: controller.signal })
    await stream.start()
    const done = take(stream, 5)
    await db().run('insert into watched values (61)')
    controller.abort()
    const taken = await done
    expect((await takeRest(watch({ after: stream.cursor }))).length + taken.length).toBe(1)
    await expect(watch({ signal: AbortSignal.abort() }).start()).rejects.toMatchObject({
      code: 'invalid_argument',
    })
    expect(await take(watch({ signal: AbortSignal.abort() }), 1)).toEqual([])
  })

  test('has one consumer at a time', async () => {
    const stream = watch({ from: 'beginning' })
    for await (const entry of stream) {
      expect(entry.id).toMatch(/^\d+$/)
      await expect(take(stream, 1)).rejects.toMatchObject({ code: 'invalid_argument' })
      break
    }
    expect(await take(stream, 1)).toHaveLength(1)
  })

  test.each<[string, WatchOptions, string]>([
    ['a cursor that is none', { after: 'abc' }, 'invalid_cursor'],
    ['a pause that is none', { pollMs: 0 }, 'invalid_argument'],
    ['a limit of 0', { limit: 0 }, 'invalid_argument'],
    // @ts-expect-error there is no such beginning
    ['a beginning that is none', { from: 'yesterday' }, 'invalid_argument'],
    // @ts-expect-error entries come as they are committed
    ['an order', { order: 'newest' }, 'invalid_argument'],
    // @ts-expect-error there is no such filter
    ['a filter that is not known', { user: 'ada' }, 'invalid_argument'],
  ])('refuses %s', (_, options, code) => {
    expect(() => watch(options)).toThrow(expect.objectContaining({ name: 'BackstoryError', code }))
  })

  test('refuses the cursor of a server that has come further', async () => {
    const ahead = btoa(
      JSON.stringify({ v: 1, before: '900000000000:900000000000:', until: null, id: '0', foreign: '0' }),
    )
    await expect(take(watch({ after: ahead.replaceAll('=', '') }), 1)).rejects.toMatchObject({
      code: 'invalid_cursor',
    })
  })

  test('throws what is no matter of the connection', async () => {
    const elsewhere = createBackstory(db().database, { schema: 'nowhere' })
    await expect(take(elsewhere.watch(), 1)).rejects.toMatchObject({ code: 'not_installed' })
  })
})
