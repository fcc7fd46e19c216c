import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'

import {
  createBackstory,
  formatJson,
  type Entry,
  type EntryFilter,
  type JsonObject,
  type JsonValue,
} from '../../src/index.ts'
import { formatElementId } from '../../src/core/entry.ts'
import { isJsonArray, isJsonObject } from '../../src/core/json.ts'
import { describeOnPostgresAndPglite } from '../support/database.ts'

/** What the filters mean, said once more over entries in memory. Column names are taken as the entries have them. */
function matches(entry: Entry, filter: EntryFilter): boolean {
  const { before, after } = entry.changes ?? {}
  const isOneOf = (value: string | null, wanted: EntryFilter['userId']) =>
    wanted === undefined || [wanted].flat().includes(value)
  const paths =
    filter.changed === undefined ? undefined : [filter.changed].flat().map((path) => path.split('.'))
  const holds = (side: JsonObject | undefined, wanted: JsonObject | undefined) =>
    Object.entries(wanted ?? {}).every(([path, value]) =>
      valuesAt(side, path.split('.')).some((found) => contains(found, value)),
    )
  const text = filter.text === undefined ? undefined : String(filter.text).toLowerCase()
  return (
    isOneOf(entry.elementType, filter.elementType) &&
    (filter.elementId === undefined || entry.elementId === formatElementId(filter.elementId)) &&
    isOneOf(entry.userId, filter.userId) &&
    isOneOf(entry.scope, filter.scope) &&
    isOneOf(entry.action, filter.action) &&
    (filter.context === undefined || (entry.context !== null && contains(entry.context, filter.context))) &&
    (paths === undefined || paths.some((path) => differ(before, after, path))) &&
    holds(before, filter.oldValue) &&
    holds(after, filter.newValue) &&
    (text === undefined ||
      [before, after].some((side) => textsIn(side).some((found) => found.includes(text))))
  )
}

function keysOf(value: JsonValue | undefined): string[] {
  return isJsonArray(value ?? null) || isJsonObject(value) ? Object.keys(value ?? {}) : []
}

function get(value: JsonValue | undefined, key: string): JsonValue | undefined {
  if (value === undefined) return undefined
  if (isJsonArray(value)) return /^-?\d+$/.test(key) ? value.at(Number(key)) : undefined
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

function differ(
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  path: readonly string[],
): boolean {
  const [key, ...rest] = path
  if (key === undefined) return canonical(before) !== canonical(after)
  const keys = key === '*' ? [...keysOf(before), ...keysOf(after)] : [key]
  return keys.some((name) => differ(get(before, name), get(after, name), rest))
}

function valuesAt(value: JsonValue | undefined, path: readonly string[]): JsonValue[] {
  const [key, ...rest] = path
  if (key === undefined) return value === undefined ? [] : [value]
  return (key === '*' ? keysOf(value) : [key]).flatMap((name) => valuesAt(get(value, name), rest))
}

// jsonb's @>, below the top level
function contains(whole: JsonValue, part: JsonValue): boolean {
  if (isJsonArray(part))
    return isJsonArray(whole) && part.every((item) => whole.some((other) => contains(other, item)))
  if (isJsonObject(part)) {
    return (
      Object.entries(part).every(([key, item]) => {
        const found = get(isJsonObject(whole) ? whole : undefined, key)
        return found !== undefined && contains(found, item)
      }) && isJsonObject(whole)
    )
  }
  return canonical(whole) === canonical(part)
}

function canonical(value: JsonValue | undefined): string | undefined {
  if (value === undefined) return undefined
  if (isJsonArray(value)) return `[${value.map(canonical).join(',')}]`
  if (!isJsonObject(value)) return formatJson(value)
  return JSON.stringify(
    Object.keys(value)
      .toSorted()
      .map((key) => [key, canonical(value[key])]),
  )
}

function textsIn(value: JsonValue | undefined): string[] {
  if (typeof value === 'string') return [value.toLowerCase()]
  return keysOf(value).flatMap((key) => textsIn(get(value, key)))
}

const scalar = fc.constantFrom<JsonValue>(null, true, 0, 1, 12, '', 'a', 'B b', '1', 'x%_\\"')
const key = fc.constantFrom('rank', 'tags', 'a', '0', '-1')
const value: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value
const object = fc.dictionary(key, value, { maxKeys: 3, noNullPrototype: true })
const path = fc
  .array(fc.oneof(key, fc.constant('*')), { maxLength: 3 })
  .chain((rest) => fc.constantFrom('data', 'name', '*').map((column) => [column, ...rest].join('.')))
const listOf = <Value>(one: fc.Arbitrary<Value>) => fc.oneof(one, fc.array(one, { maxLength: 3 }))

describeOnPostgresAndPglite('filters of entries', (db) => {
  const backstory = () => createBackstory(db().database)
  let all: readonly Entry[] = []

  async function collect(filter: EntryFilter): Promise<Entry[]> {
    const found: Entry[] = []
    for await (const entry of backstory().entries(filter)) found.push(entry)
    return found
  }
  const ids = async (filter: EntryFilter) =>
    (await collect(filter)).map(({ elementId, action }) => `${elementId}:${action}`)

  beforeAll(async () => {
    await db().run(`
      create table things (id integer primary key, world text, name text, data jsonb);
      create table others (id integer primary key, name text, data jsonb);`)
    await backstory().track('things', { scope: 'world' })
    await backstory().track('others')
    const samples = fc.sample(fc.tuple(value, value, scalar), { numRuns: 60, seed: 4 })
    await db().session(async (session) => {
      for (const [index, [first, second, name]] of samples.entries()) {
        const context = {
          userId: ['ada', 'bo', null][index % 3],
          request: { id: index % 4, path: ['a', index % 2] },
        }
        const table = index % 4 === 0 ? 'others' : 'things'
        const text = (given: JsonValue) => formatJson(given).replaceAll(`'`, `''`)
        await session.run(`begin; select backstory.set_context('${JSON.stringify(context)}');
          insert into ${table} (id, name, data) values (${index}, '${text(name)}', '${text(first)}');
          ${index % 5 === 0 ? '' : `update ${table} set data = '${text(second)}' where id = ${index};`}
          ${table === 'things' && index % 2 === 0 ? `update things set world = 'w${index % 3}' where id = ${index};` : ''}
          ${index % 7 === 0 ? `delete from ${table} where id = ${index};` : ''} commit;`)
      }
    })
    all = await collect({ order: 'oldest' })
  })

  test('give exactly the entries that a plain reading of the whole log gives, in order, page by page', async () => {
    expect(all.length).toBeGreaterThan(100)
    const conditions = {
      elementType: listOf(fc.constantFrom('things', 'others', 'none')),
      elementId: fc.integer({ min: 0, max: 20 }),
      userId: listOf(fc.constantFrom('ada', 'bo', 'nobody', null)),
      scope: listOf(fc.constantFrom('w0', 'w1', null)),
      action: listOf(fc.constantFrom('insert' as const, 'update' as const, 'delete' as const)),
      context: fc.constantFrom<JsonObject>(
        {},
        { request: { id: 1 } },
        { request: { path: ['a'] } },
        { request: 1 },
      ),
      changed: listOf(path),
      oldValue: fc.dictionary(path, fc.oneof(value, object), { maxKeys: 2, noNullPrototype: true }),
      newValue: fc.dictionary(path, fc.oneof(value, object), { maxKeys: 2, noNullPrototype: true }),
      text: fc.constantFrom('a', 'b B', '%', '"', '\\', 'w1', 'rank'),
    }
    // one to three at a time: more of them seldom leave anything
    const filters = fc
      .shuffledSubarray(Object.entries<fc.Arbitrary<unknown>>(conditions), { minLength: 1, maxLength: 3 })
      .chain((chosen) => fc.record<EntryFilter>(Object.fromEntries(chosen)))
    let found = 0
    await fc.assert(
      fc.asyncProperty(
        filters,
        fc.integer({ min: 1, max: 60 }),
        fc.boolean(),
        async (filter, limit, isOldest) => {
          const expected = all.filter((entry) => matches(entry, filter))
          found += expected.length
          const order = isOldest ? 'oldest' : 'newest'
          const read = await collect({ ...filter, limit, order })
          expect(read).toEqual(isOldest ? expected : expected.toReversed())
          expect(await backstory().entries(filter).count()).toEqual({ count: expected.length, exact: true })
        },
      ),
      { numRuns: db().kind === 'PGlite' ? 60 : 150, seed: 17 },
    )
    expect(found).toBeGreaterThan(500)
  })

  describe('of what changed', () => {
    beforeAll(async () => {
      await db().run(`
        create table heroes (id integer primary key, name text, attributes jsonb);
        select backstory.track('heroes');
        insert into heroes values (1, 'Ged', '{"rank": "novice", "a.b": 1, "items": [{"name": "staff"}, {"name": "boat"}]}');
        update heroes set attributes = attributes || '{"rank": "archmage"}';
        update heroes set attributes = jsonb_set(attributes, '{items,1,name}', '"Lookfar"');
        update heroes set attributes = attributes || '{"a.b": 2}', name = 'Sparrowhawk';
        update heroes set name = null;`)
    })
    const of = (filter: EntryFilter) =>
      collect({ elementType: 'heroes', order: 'oldest', ...filter }).then((found) =>
        found.map(({ id }) => places.get(id) ?? ''),
      )
    const places = new Map<string, string>()
    beforeAll(async () => {
      const found = await collect({ elementType: 'heroes', order: 'oldest' })
      found.forEach(({ id }, index) =>
        places.set(id, ['insert', 'rank', 'item', 'name', 'null'][index] ?? ''),
      )
    })

    test.each<[string, EntryFilter, string[]]>([
      ['a nested key', { changed: 'attributes.rank' }, ['insert', 'rank']],
      ['a nested key, in updates', { changed: 'attributes.rank', action: 'update' }, ['rank']],
      ['anything in a column', { changed: 'attributes', action: 'update' }, ['rank', 'item', 'name']],
      ['a place in an array', { changed: 'attributes.items.1.name', action: 'update' }, ['item']],
      ['another place in an array', { changed: 'attributes.items.0.name', action: 'update' }, []],
      ['any element of an array', { changed: 'attributes.items.*.name', action: 'update' }, ['item']],
      ['a key with a dot', { changed: '/attributes/a.b', action: 'update' }, ['name']],
      [
        'one of several paths',
        { changed: ['name', 'attributes.rank'], action: 'update' },
        ['rank', 'name', 'null'],
      ],
      ['any column', { changed: '*', action: 'update' }, ['rank', 'item', 'name', 'null']],
      ['an old value', { oldValue: { 'attributes.rank': 'novice' } }, ['rank']],
      ['a new value', { newValue: { 'attributes.rank': 'archmage' } }, ['rank']],
      [
        'a new value by containment',
        { newValue: { attributes: { items: [{ name: 'Lookfar' }] } } },
        ['item'],
      ],
      [
        'a new value of any element',
        { newValue: { 'attributes.items.*.name': 'staff' } },
        ['insert', 'item'],
      ],
      ['a value that became null', { newValue: { name: null } }, ['null']],
      [
        'old and new value together',
        { oldValue: { name: 'Ged' }, newValue: { name: 'Sparrowhawk' } },
        ['name'],
      ],
      ['text in upper or lower case', { text: 'sparrow' }, ['name', 'null']],
      ['text that is a key alone', { text: 'rank' }, []],
      ['text that is a pattern', { text: '.*' }, []],
    ])('finds %s', async (_, filter, expected) => {
      expect(await of(filter)).toEqual(expected)
    })
  })

  test('follow a column through its names: by that of today, by an old one, and apart from others that had it', async () => {
    await db().run(`
      create table ranks (id integer primary key, grade text, other text);
      select backstory.track('ranks');
      insert into ranks values (1, 'novice', 'x');
      update ranks set grade = 'adept';
      alter table ranks rename grade to rank;
      alter table ranks rename other to grade;
      update ranks set rank = 'mage';
      update ranks set grade = 'y';
      alter table ranks drop grade;
      alter table ranks add grade text;
      update ranks set grade = 'z';`)
    // where no event trigger follows by itself
    await db().run(`select backstory.follow()`)
    const of = async (filter: EntryFilter) =>
      (await collect({ elementType: 'ranks', action: 'update', order: 'oldest', ...filter })).map(
        ({ changes }) => formatJson(Object.values(changes?.after ?? {})[0] ?? null).replaceAll('"', ''),
      )
    if (db().capture === 'compiled') {
      expect(await of({ changed: 'rank' })).toEqual(['adept', 'mage'])
      expect(await of({ changed: 'grade' })).toEqual(['z'])
      expect(await of({ changed: 'other' })).toEqual(['y'])
      expect(await of({ newValue: { rank: 'adept' } })).toEqual(['adept'])
      expect(await of({ oldValue: { rank: 'novice' } })).toEqual(['adept'])
      const watched: unknown[] = []
      const stream = backstory().watch({
        from: 'beginning',
        elementType: ['ranks'],
        action: 'update',
        changed: 'rank',
      })
      for await (const { changes } of stream) {
        watched.push(changes?.after)
        if (watched.length === 2) break
      }
      expect(watched).toEqual([{ grade: 'adept' }, { rank: 'mage' }])
    }
    expect(await of({ changed: 'nothing' })).toEqual([])
    await db().run(
      `alter table ranks rename to grades; select backstory.follow(); update grades set rank = 'archmage'`,
    )
    if (db().capture === 'compiled') {
      expect(await of({ elementType: 'grades', changed: 'rank' })).toEqual(['adept', 'mage', 'archmage'])
      expect(await of({ elementType: ['ranks', 'grades'], changed: 'rank' })).toEqual([
        'adept',
        'mage',
        'archmage',
      ])
    }
  })

  test('of a time stay exact where the clock was set back', async () => {
    await db().run(`
      insert into audit_logs (element_type, element_id, "timestamp", action)
      select 'clock', n::text, timestamptz '2001-01-01Z' + case when n in (10, 20) then 50 - n else n end * interval '1 day', 'read'
      from generate_series(1, 40) as n`)
    const days = async (since: string, until: string) =>
      (await ids({ elementType: 'clock', since, until, order: 'oldest', limit: 1 })).map((id) =>
        Number.parseInt(id, 10),
      )
    expect(await days('2001-01-30', '2001-02-01')).toEqual([20, 29, 30])
    expect(await days('2001-02-09', '2001-02-11')).toEqual([10, 39, 40])
    expect(await days('2001-01-08', '2001-01-13')).toEqual([7, 8, 9, 11])
  })

  test.each<[string, EntryFilter]>([
    ['a path with an empty segment', { changed: 'attributes..rank' }],
    ['a pointer with a wrong escape', { changed: '/a~2' }],
    ['an empty text', { text: '' }],
    ['a text with a NUL', { text: 'a\0' }],
    ['an actor with a NUL', { userId: 'a\0' }],
    ['half a surrogate', { newValue: { name: '\ud800' } }],
    ['a transaction beyond 64 bits', { transactionId: '18446744073709551616' }],
    ['too many actors', { userId: Array.from({ length: 101 }, String) }],
    // @ts-expect-error a number is no actor
    ['an actor that is no text', { userId: 7 }],
    // @ts-expect-error no type is null
    ['a type that is null', { elementType: null }],
    // @ts-expect-error a context is an object
    ['a context that is a text', { context: 'requestId' }],
    // @ts-expect-error values are JSON
    ['a value that is a date', { newValue: { at: new Date(0) } }],
    // @ts-expect-error values are JSON
    ['a value that is undefined', { oldValue: { name: undefined } }],
    ['a value that is no number', { oldValue: { name: Number.NaN } }],
    // @ts-expect-error there is no such filter
    ['a filter of another name', { before: { name: 'Ged' } }],
  ])('refuse %s', async (_, filter) => {
    await expect((async () => backstory().entries(filter))()).rejects.toMatchObject({
      name: 'BackstoryError',
      code: 'invalid_argument',
    })
  })

  test('bind a cursor to all of them', async () => {
    const { nextCursor } = await backstory().entries({ changed: 'data', limit: 1 })
    await expect(
      (async () => backstory().entries({ changed: 'name', cursor: nextCursor ?? '' }))(),
    ).rejects.toMatchObject({ code: 'invalid_cursor' })
  })
})
