import { expect, expectTypeOf, test } from 'vitest'

import {
  createBackstory,
  type ElementState,
  type Entry,
  type JsonObject,
  type Moment,
  type StateQuery,
  type UnknownState,
} from '../../src/index.ts'
import { describeOnPostgresAndPglite } from '../support/database.ts'

describeOnPostgresAndPglite('the states of a type', (db) => {
  const backstory = () => createBackstory(db().database)

  async function entriesOf(table: string): Promise<readonly Entry[]> {
    const { entries } = await backstory().entries({ elementType: table, order: 'oldest', limit: 1000 })
    return entries
  }

  async function statesAt(table: string, moment: Moment, scope?: string | null): Promise<JsonObject> {
    const states = await backstory()
      .type(table)
      .at(moment, scope === undefined ? {} : { scope })
    const sorted = states.toSorted((one, other) => (one.elementId < other.elementId ? -1 : 1))
    return Object.fromEntries(sorted.map(({ elementId, state }) => [elementId, state]))
  }

  /** The same, element by element. */
  async function statesOneByOne(table: string, ids: Iterable<string>, moment: Moment): Promise<JsonObject> {
    const states: [string, JsonObject][] = []
    for (const id of [...ids].toSorted()) {
      // after any entry, not only after one of its own
      const own = typeof moment === 'object' && 'elementId' in moment ? { ...moment, elementId: id } : moment
      const state = await backstory().element(table, id).at(own)
      if (state !== null) states.push([id, state])
    }
    return Object.fromEntries(states)
  }

  /** Random writes to rows 1 to 8 of a table (id, n, doc, tags), in transactions of their own. */
  async function writeAtRandom(table: string, writes: number, seed: number, number = 'n'): Promise<void> {
    let state = seed
    const random = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
      return Math.floor((state / 2_147_483_648) * below)
    }
    for (let written = 0; written < writes; written++) {
      const id = 1 + random(8)
      const doc = JSON.stringify(
        [
          { a: random(3) },
          { a: { b: random(2), c: [random(2)] }, [`k${random(3)}`]: 1 },
          7,
          { a: { b: {} } },
        ][random(4)],
      )
      await db().run(
        [
          `insert into ${table} (id, ${number}, doc) values (${id}, ${random(3)}, '${doc}')
           on conflict (id) do update set ${number} = excluded.${number}, doc = excluded.doc`,
          `update ${table} set doc = '${doc}' where id = ${id}`,
          `update ${table} set ${number} = ${random(3)}, tags = '{"x": {"y": ${random(3)}}}' where id = ${id}`,
          `delete from ${table} where id = ${id}`,
        ][random(10) === 0 ? 3 : random(3)] ?? '',
      )
    }
  }

  const ids = ['1', '2', '3', '4', '5', '6', '7', '8', '9']

  async function expectTheSameEverywhere(table: string): Promise<void> {
    const entries = await entriesOf(table)
    expect(entries.length).toBeGreaterThan(10)
    for (const entry of entries) {
      expect(await statesAt(table, entry), `after ${entry.id}`).toEqual(
        await statesOneByOne(table, ids, entry),
      )
    }
    const last = entries.at(-1)
    for (const entry of entries.filter((_, place) => place % 7 === 0)) {
      expect(await statesAt(table, entry.timestamp)).toEqual(
        await statesOneByOne(table, ids, entry.timestamp),
      )
    }
    expect(await statesAt(table, last?.timestamp ?? '')).toEqual(
      await statesAt(table, new Date(Date.now() + 60_000)),
    )
  }

  test.each([1, 2, 3])(
    'are those of its elements, whichever way is shorter: at every entry of random writes (%i)',
    async (seed) => {
      const table = `random_${seed}`
      await db().run(`create table ${table} (id integer primary key, n integer, doc jsonb, tags jsonb)`)
      if (seed === 2) await db().run(`insert into ${table} values (1, 1, '{}'), (9, 9, '{"a": {}}')`)
      await backstory().track(table)
      await writeAtRandom(table, 60, seed)
      await expectTheSameEverywhere(table)
    },
  )

  test('are in the columns of today, through renamed, dropped, added and retyped ones', async () => {
    await db().run(`
      create table reshaped (id integer primary key, n integer, doc jsonb, tags jsonb, gone text default 'x');
      insert into reshaped (id, n) values (1, 1), (9, 9)`)
    await backstory().track('reshaped')
    await writeAtRandom('reshaped', 15, 7)
    await db().run('alter table reshaped rename column n to amount; alter table reshaped drop column gone')
    await db().run('select backstory.follow()')
    await writeAtRandom('reshaped', 15, 8, 'amount')
    await db().run(
      `alter table reshaped add column gone integer default 5; alter table reshaped rename to reformed`,
    )
    await db().run('select backstory.follow()')
    await writeAtRandom('reformed', 15, 9, 'amount')
    await expectTheSameEverywhere('reformed')
    await db().run('alter table reformed alter column amount type text')
    await db().run('select backstory.follow()')
    await writeAtRandom('reformed', 15, 10, 'amount')
    await expectTheSameEverywhere('reformed')
  })

  test('hold neither ignored nor redacted columns', async () => {
    await db().run(`
      create table veiled (id integer primary key, n integer, doc jsonb, tags jsonb, secret text, touched integer);
      insert into veiled values (1, 1, null, null, 'hush', 1), (9, 9, null, null, 'hush', 1)`)
    await backstory().track('veiled', { redact: ['secret'], ignore: ['touched'] })
    await writeAtRandom('veiled', 30, 11)
    await expectTheSameEverywhere('veiled')
    for (const entry of await entriesOf('veiled')) {
      expect(JSON.stringify(await statesAt('veiled', entry))).not.toMatch(/hush|touched/)
    }
  })

  test('after a transaction hold all that it wrote, also what came under lower ids than what others wrote', async () => {
    await db().run('create table booked (id integer primary key, n integer)')
    await backstory().track('booked')
    await db().session((session) =>
      session.run('begin; insert into booked values (1, 1), (2, 1); update booked set n = 2; commit'),
    )
    await db().run('update booked set n = 3 where id = 1')
    const [first, , , , last] = await entriesOf('booked')
    const transactionId = first?.transactionId ?? ''
    expect(await statesAt('booked', { transactionId })).toEqual({ 1: { id: 1, n: 2 }, 2: { id: 2, n: 2 } })
    expect(await backstory().element('booked', 1).at({ transactionId })).toEqual({ id: 1, n: 2 })
    expect(await backstory().element('booked', 1).blame({ at: { transactionId } })).toMatchObject([
      { path: '/id', value: 1, entry: { id: first?.id } },
      { path: '/n', value: 2, entry: { action: 'update' } },
    ])
    expect(
      await backstory()
        .element('booked', 1)
        .diff({ from: { transactionId }, to: { transactionId: last?.transactionId ?? '' } }),
    ).toEqual([{ kind: 'changed', path: '/n', before: 2, after: 3 }])
    await expect(statesAt('booked', { transactionId: '1' })).rejects.toMatchObject({
      code: 'entry_not_found',
    })
  })

  test('at a time go by the clocks of the entries, one that was set back too', async () => {
    await db().run(
      'create table clocked (id integer primary key, n integer); insert into clocked values (1, 3), (2, 3)',
    )
    await backstory().track('clocked')
    const base = Date.now() + 3_600_000
    const at = (minutes: number) => new Date(base + minutes * 60_000)
    const write = async (id: number, minutes: number, action: string, changes: object) =>
      db().query(
        `insert into audit_logs (element_type, element_id, "timestamp", action, changes)
         values ('clocked', $1, $2, $3, $4)`,
        [String(id), at(minutes).toISOString(), action, JSON.stringify(changes)],
      )
    await write(1, 10, 'insert', { after: { id: 1, n: 1 } })
    await write(2, 11, 'insert', { after: { id: 2, n: 1 } })
    await write(1, 20, 'update', { before: { n: 1 }, after: { n: 2 } })
    await write(1, 12, 'update', { before: { n: 2 }, after: { n: 3 } }) // the clock was set back
    await write(2, 13, 'update', { before: { n: 1 }, after: { n: 2 } })
    await write(2, 21, 'update', { before: { n: 2 }, after: { n: 3 } })
    for (const minutes of [9, 10, 11, 12, 13, 15, 20, 21, 22]) {
      expect(await statesAt('clocked', at(minutes)), `minute ${minutes}`).toEqual(
        await statesOneByOne('clocked', ['1', '2'], at(minutes)),
      )
    }
    expect(await statesAt('clocked', at(12))).toMatchObject({ 1: { n: 3 }, 2: { n: 1 } })
  })

  test('of a scope are those that belonged to it then, wherever they belong now', async () => {
    await db().run('create table housed (id integer primary key, world_id integer, n integer)')
    await backstory().track('housed', { scope: 'world_id' })
    await db().run('insert into housed values (1, 1, 1), (2, 1, 1), (3, 2, 1), (4, null, 1), (5, 1, 1)')
    await db().run('update housed set world_id = 2 where id = 1')
    const before = (await entriesOf('housed')).findLast(({ action }) => action === 'insert')
    await db().run('update housed set n = 2 where id = 3')
    await db().run('delete from housed where id = 5')
    if (before === undefined) throw new Error('There is an insert.')
    expect(Object.keys(await statesAt('housed', before, '1'))).toEqual(['1', '2', '5'])
    expect(Object.keys(await statesAt('housed', before, '2'))).toEqual(['3'])
    expect(Object.keys(await statesAt('housed', before, null))).toEqual(['4'])
    expect(await statesAt('housed', before, "50% of %s or %L'")).toEqual({})
    expect(Object.keys(await statesAt('housed', new Date(Date.now() + 1000), '2'))).toEqual(['1', '3'])
    const several = await backstory()
      .type('housed')
      .at(before, { scope: ['2', null] })
    expect(several.map(({ elementId }) => elementId).toSorted()).toEqual(['3', '4'])
    await db().run('create table homeless (id integer primary key)')
    await backstory().track('homeless')
    await expect(statesAt('homeless', new Date(Date.now() + 1000), '1')).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('no scope'),
    })
  })

  test('of a list are in its order, without those that did not exist', async () => {
    await db().run('create table listed (a text, b integer, n integer, primary key (a, b))')
    await backstory().track('listed')
    await db().run(`insert into listed values ('x', 1, 1), ('x', 2, 1), ('y', 1, 1)`)
    const [, , last] = await entriesOf('listed')
    await db().run(`update listed set n = 2; delete from listed where a = 'y'`)
    if (last === undefined) throw new Error('There are three entries.')
    const elementIds = [
      ['y', 1],
      ['z', 1],
      ['x', 2],
    ] as const
    expect(await backstory().type('listed').at(last, { elementIds })).toEqual([
      { elementType: 'listed', elementId: '["y",1]', isKnown: true, state: { a: 'y', b: 1, n: 1 } },
      { elementType: 'listed', elementId: '["x",2]', isKnown: true, state: { a: 'x', b: 2, n: 1 } },
    ])
    expect(
      await backstory()
        .type('listed')
        .at(new Date(Date.now() + 1000), { elementIds }),
    ).toHaveLength(1)
    expect(await backstory().type('listed').at(last, { elementIds: [] })).toEqual([])
  })

  test('before tracking began, and of what was never tracked, are an error', async () => {
    await db().run('create table early (id integer primary key); insert into early values (1)')
    await backstory().track('early')
    await expect(statesAt('early', '2001-01-01')).rejects.toMatchObject({
      code: 'before_tracking',
      message: expect.stringMatching(/not tracked then, but since \d{4}/),
    })
    await expect(statesAt('nowhere', new Date())).rejects.toMatchObject({ code: 'before_tracking' })
    await expect(
      statesAt('nowhere', { ...(await firstEntry()), elementType: 'nowhere' }),
    ).rejects.toMatchObject({
      code: 'not_tracked',
    })
  })

  async function firstEntry(): Promise<Entry> {
    const { entries } = await backstory().entries({ order: 'oldest', limit: 1 })
    const [entry] = entries
    if (entry === undefined) throw new Error('The log is not empty.')
    return entry
  }

  test('in front of a time without tracking: refused, or what is known, with what is not marked', async () => {
    await db().run(
      'create table torn (id integer primary key, n integer); insert into torn values (1, 1), (2, 1), (6, 1)',
    )
    await backstory().track('torn')
    await db().run('insert into torn values (3, 1), (4, 1); update torn set n = 2 where id in (3, 2)')
    await db().run('delete from torn where id = 6')
    const before = await entriesOf('torn')
    await backstory().untrack('torn')
    await db().run('delete from torn where id = 4; insert into torn values (5, 1)')
    await backstory().track('torn')
    await db().run('update torn set n = 3 where id in (1, 3)')
    const [first, second] = before
    const moment = before.at(-2)
    if (first === undefined || second === undefined || moment === undefined)
      throw new Error('There are entries.')
    await expect(statesAt('torn', moment)).rejects.toMatchObject({
      code: 'before_tracking',
      message: expect.stringContaining('without a trace'),
    })
    const marked = await backstory().type('torn').at(moment, { unknown: 'mark' })
    expect(
      marked.map(({ elementId, isKnown, state }) => [elementId, isKnown, state?.['n']]).toSorted(),
    ).toEqual(
      [
        [null, false, undefined], // what came before tracking and went in the gap
        ['1', false, undefined],
        ['2', false, undefined],
        ['3', true, 2],
        ['4', true, 1],
        ['5', false, undefined],
        ['6', true, 1],
      ].toSorted(),
    )
    // after the gap all is known
    const last = (await entriesOf('torn')).at(-1)
    expect(Object.keys(await statesAt('torn', last ?? first))).toEqual(['1', '2', '3', '5'])
    const some = await backstory()
      .type('torn')
      .at(moment, { elementIds: [3, 1], unknown: 'mark' })
    expect(some.map(({ elementId, isKnown }) => [elementId, isKnown])).toEqual([
      ['3', true],
      ['1', false],
    ])
    await expect(
      backstory()
        .type('torn')
        .at(moment, { elementIds: [1] }),
    ).rejects.toMatchObject({
      code: 'before_tracking',
      message: expect.stringContaining('torn 1'),
      details: { elementType: 'torn', elementId: '1' },
    })
  })

  test('in front of such a time are all known where tracking began with an empty table', async () => {
    await db().run('create table whole (id integer primary key, n integer)')
    await backstory().track('whole')
    await db().run('insert into whole values (1, 1), (2, 1); update whole set n = 2')
    const entries = await entriesOf('whole')
    await backstory().untrack('whole')
    await db().run('delete from whole where id = 1; insert into whole values (3, 3)')
    expect(await statesAt('whole', entries[1] ?? '')).toEqual({ 1: { id: 1, n: 1 }, 2: { id: 2, n: 1 } })
    await backstory().track('whole')
    expect(await statesAt('whole', entries[1] ?? '')).toEqual({ 1: { id: 1, n: 1 }, 2: { id: 2, n: 1 } })
    expect(await statesAt('whole', entries[3]?.timestamp ?? '')).toEqual({
      1: { id: 1, n: 2 },
      2: { id: 2, n: 2 },
    })
  })

  test('come page by page from one snapshot, and a loop that is left gives its connection back', async () => {
    await db().run('create table many (id integer primary key, n integer)')
    await backstory().track('many')
    await db().run('insert into many select i, 1 from generate_series(1, 1201) i')
    const moment = new Date(Date.now() + 60_000)
    const seen = new Set<string>()
    for await (const { elementId } of backstory().type('many').at(moment)) seen.add(elementId)
    expect(seen.size).toBe(1201)
    for (let loop = 0; loop < 30; loop++) {
      for await (const { state } of backstory().type('many').at(moment)) {
        expect(state['n']).toBe(1)
        break
      }
    }
    const leave = async () => {
      for await (const _ of backstory().type('many').at(moment)) throw new Error('enough')
    }
    await expect(leave()).rejects.toThrow('enough')
    await db().run('delete from many where id > 500')
    expect(await backstory().type('many').at(moment)).toHaveLength(500)
  })

  test('refuse what they do not know', async () => {
    const type = backstory().type('anything')
    const moment = new Date()
    // @ts-expect-error no such option
    expect(() => type.at(moment, { worlds: ['1'] })).toThrow('knows no option "worlds"')
    // @ts-expect-error no such answer
    expect(() => type.at(moment, { unknown: 'hide' })).toThrow('refuse or mark')
    expect(() => type.at(moment, { scope: '1', elementIds: [1] })).toThrow('not both')
    expect(() => type.at(moment, { scope: 'a\0b' })).toThrow('scope must be a text')
    expect(() => type.at(moment, { elementIds: Array.from({ length: 1001 }, (_, id) => id) })).toThrow(
      'at most 1000',
    )
    // @ts-expect-error no moment
    expect(() => type.at(null)).toThrow('must be a time, an entry or { transactionId }')
    // @ts-expect-error no moment
    expect(() => type.at({ transactionId: 7 })).toThrow('must be a time')
    expect(() => type.at({ transactionId: 'x' })).toThrow('must be a time')
    expect(() => type.at('yesterday')).toThrow('ISO 8601')
  })

  test('have types that know about the unknown only where it is asked for', () => {
    const type = backstory().type('anything')
    expectTypeOf(type.at('2026-01-31')).toEqualTypeOf<StateQuery<ElementState>>()
    expectTypeOf(type.at('2026-01-31', { unknown: 'refuse', scope: '1' })).toEqualTypeOf<
      StateQuery<ElementState>
    >()
    expectTypeOf(type.at('2026-01-31', { unknown: 'mark' })).toEqualTypeOf<
      StateQuery<ElementState | UnknownState>
    >()
    expectTypeOf<Awaited<StateQuery<ElementState>>>().toEqualTypeOf<readonly ElementState[]>()
    expectTypeOf<Parameters<typeof type.at>[0]>().toEqualTypeOf<
      Date | string | Entry | { readonly transactionId: string }
    >()
  })
})
