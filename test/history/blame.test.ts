import fc from 'fast-check'
import { expect, test } from 'vitest'

import {
  createBackstory,
  type BlamedLeaf,
  type Entry,
  type JsonObject,
  type JsonValue,
} from '../../src/index.ts'
import { apply } from '../../src/core/apply.ts'
import { isJsonObject } from '../../src/core/json.ts'
import { appendPointer } from '../../src/core/pointer.ts'
import { describeOnPostgresAndPglite } from '../support/database.ts'

describeOnPostgresAndPglite('blame', (db) => {
  const backstory = () => createBackstory(db().database)
  const blamed = async (table: string, id: number, at?: Entry): Promise<Record<string, string | null>> => {
    const leaves = await backstory()
      .element(table, id)
      .blame(at === undefined ? {} : { at })
    return Object.fromEntries(leaves.map(({ path, entry }) => [path, entry?.userId ?? null]))
  }

  test('names the entry, the actor and the time that last set each leaf', async () => {
    await db().run(`create table blamed (id integer primary key, name text, doc jsonb);
      select backstory.track('blamed')`)
    await asUser('ada', `insert into blamed values (1, 'Ged', '{"hp": 10, "rank": "novice", "a/b": {}}')`)
    await asUser('bo', `update blamed set doc = '{"hp": 10, "rank": "mage", "a/b": {}, "tags": ["x"]}'`)
    await asUser('cy', `update blamed set name = 'Sparrowhawk'`)
    expect(await blamed('blamed', 1)).toEqual({
      '/id': 'ada',
      '/name': 'cy',
      '/doc/hp': 'ada',
      '/doc/rank': 'bo',
      '/doc/a~1b': 'ada',
      '/doc/tags': 'bo',
    })
    const [leaf] = await backstory().element('blamed', 1).blame()
    const { entries } = await backstory().element('blamed', 1).entries({ order: 'oldest' })
    const [insert] = entries
    expect(leaf).toEqual({
      path: '/doc/a~1b',
      value: {},
      entry: { id: insert?.id, userId: 'ada', timestamp: insert?.timestamp, action: 'insert' },
    })
    expect(await blamed('blamed', 1, entries[1])).toMatchObject({ '/name': 'ada', '/doc/rank': 'bo' })
    const past = await backstory()
      .element('blamed', 1)
      .blame({ at: entries[0]?.timestamp ?? '' })
    expect(past.every(({ entry }) => entry?.userId === 'ada')).toBe(true)
  })

  test('blames nobody for what was there before tracking began', async () => {
    await db().run(`create table older (id integer primary key, name text, n integer);
      insert into older values (1, 'a', 1);
      select backstory.track('older')`)
    await asUser('ada', 'update older set n = 2')
    expect(await blamed('older', 1)).toEqual({ '/id': null, '/name': null, '/n': 'ada' })
  })

  test('nor for what was set before a time in which nobody looked', async () => {
    await db().run(
      `create table resumed (id integer primary key, n integer, m integer); select backstory.track('resumed')`,
    )
    await asUser('ada', 'insert into resumed values (1, 1, 1)')
    await db().run(
      `select backstory.untrack('resumed'); update resumed set n = 2; select backstory.track('resumed')`,
    )
    await asUser('bo', 'update resumed set m = 2')
    expect(await blamed('resumed', 1)).toEqual({ '/id': null, '/n': null, '/m': 'bo' })
  })

  test('begins anew with an element that was deleted and came back, and is empty where there is none', async () => {
    await db().run(
      `create table phoenix (id integer primary key, n integer); select backstory.track('phoenix')`,
    )
    await asUser('ada', 'insert into phoenix values (1, 1)')
    await asUser('bo', 'delete from phoenix')
    expect(await blamed('phoenix', 1)).toEqual({})
    await asUser('cy', 'insert into phoenix values (1, 1)')
    expect(await blamed('phoenix', 1)).toEqual({ '/id': 'cy', '/n': 'cy' })
  })

  test('follows a renamed column', async () => {
    await db().run(
      `create table retitled (id integer primary key, old text); select backstory.track('retitled')`,
    )
    await asUser('ada', `insert into retitled values (1, 'a')`)
    await db().run(`alter table retitled rename column old to new; insert into retitled values (2, 'b')`)
    expect(await blamed('retitled', 1)).toEqual({ '/id': 'ada', '/new': 'ada' })
  })

  test('knows nothing of ignored and redacted columns, nor of the time in which one was ignored', async () => {
    await db().run(`create table hidden (id integer primary key, a integer, b integer, c integer);
      select backstory.track('hidden', '{"ignore": ["a"], "redact": ["b"]}')`)
    await asUser('ada', 'insert into hidden values (1, 1, 1, 1)')
    expect(await blamed('hidden', 1)).toEqual({ '/id': 'ada', '/c': 'ada' })
    await db().run(`select backstory.track('hidden', '{"ignore": ["c"], "redact": ["b"]}');
      update hidden set c = 2; update hidden set c = 1;
      select backstory.track('hidden', '{"redact": ["b"]}')`)
    expect(await blamed('hidden', 1)).toEqual({ '/id': 'ada', '/a': null, '/c': null })
    await asUser('bo', 'update hidden set a = 2, b = 2')
    expect(await blamed('hidden', 1)).toEqual({ '/id': 'ada', '/a': 'bo', '/c': null })
  })

  test('blames nobody for a value that no entry set', async () => {
    await db().run(`create table escaped (id integer primary key, n integer, m integer);
      select backstory.track('escaped')`)
    await asUser('ada', 'insert into escaped values (1, 1, 1)')
    await asUser('bo', 'update escaped set n = 1, m = 2')
    await db().run(`alter table escaped alter column n type integer using n + 5;
      alter table escaped alter column m type text`)
    expect(await blamed('escaped', 1)).toEqual({ '/id': 'ada', '/n': null, '/m': null })
  })

  test('takes no notice of snapshots and reads', async () => {
    await db().run(
      `create table looked_at (id integer primary key, n integer); select backstory.track('looked_at')`,
    )
    await asUser('ada', 'insert into looked_at values (1, 1)')
    await db().run(`insert into audit_logs (element_type, element_id, user_id, action, changes)
      values ('looked_at', '1', 'bo', 'snapshot', '{"after": {"id": 1, "n": 1}}')`)
    await backstory().read('looked_at', 1)
    expect(await blamed('looked_at', 1)).toEqual({ '/id': 'ada', '/n': 'ada' })
  })

  test('is what a fold of the entries says, after each of them', async () => {
    await db().run(
      `create table folded (id integer primary key, doc jsonb); select backstory.track('folded')`,
    )
    let id = 0
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(nested), { minLength: 1, maxLength: 8 }), async (documents) => {
        id += 1
        for (const document of documents) {
          // null: the element goes, until the next document brings it back
          await db().run(
            document === null
              ? `delete from folded where id = ${id}`
              : `insert into folded values (${id}, '${JSON.stringify(document)}')
                on conflict (id) do update set doc = excluded.doc`,
          )
        }
        const { entries } = await backstory().element('folded', id).entries({ order: 'oldest' })
        for (const [index, entry] of entries.entries()) {
          const leaves = await backstory().element('folded', id).blame({ at: entry })
          expect(byPath(leaves)).toEqual(foldBlame(entries.slice(0, index + 1)))
        }
      }),
      { numRuns: 15 },
    )
  })

  test('an element of 10,000 entries comes as its leaves, not as its entries', async () => {
    await db().run(`create table long_lived (id integer primary key, n integer, doc jsonb);
      select backstory.track('long_lived');
      insert into long_lived values (1, 10000, '{"a": 1}')`)
    await db().run(`
      insert into audit_logs (element_type, element_id, user_id, action, changes)
      select 'long_lived', '1', 'user ' || n, 'update',
        jsonb_build_object('before', jsonb_build_object('n', n - 1), 'after', jsonb_build_object('n', n))
      from generate_series(1, 10000) n`)
    const leaves = await backstory().element('long_lived', 1).blame()
    expect(leaves.map(({ path, value, entry }) => [path, value, entry?.userId])).toEqual([
      ['/doc/a', 1, null],
      ['/id', 1, null],
      ['/n', 10_000, 'user 10000'],
    ])
  })

  async function asUser(userId: string, statement: string): Promise<void> {
    await db().session((session) =>
      session.run(
        `begin; select backstory.set_context('{"userId": "${userId}"}'); ${statement}; select pg_sleep(0.002); commit`,
      ),
    )
  }
})

const nested: fc.Arbitrary<JsonObject> = fc.letrec<{ value: JsonValue; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.nat(2),
    fc.constant(null),
    fc.array(fc.nat(1), { maxLength: 2 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.constantFrom('a', 'b', '/', '~'), tie('value'), { maxKeys: 3 }),
})).object

function byPath(leaves: readonly BlamedLeaf[]): ReadonlyMap<string, string | undefined> {
  return new Map(leaves.map(({ path, entry }) => [path, entry?.id]))
}

// a leaf keeps its blame as long as its value stays in place; whole documents are compared, not changes
function foldBlame(entries: readonly Entry[]): ReadonlyMap<string, string | undefined> {
  let state: JsonObject | null = null
  let blame = new Map<string, { readonly text: string; readonly id: string }>()
  for (const entry of entries) {
    if (entry.changes !== null) state = apply(state, entry.changes)
    const next = new Map<string, { readonly text: string; readonly id: string }>()
    for (const [path, text] of state === null ? [] : leavesOf(state, '')) {
      const known = blame.get(path)
      next.set(path, known?.text === text ? known : { text, id: entry.id })
    }
    blame = next
  }
  return new Map([...blame].map(([path, { id }]) => [path, id]))
}

function leavesOf(value: JsonValue, path: string): readonly (readonly [string, string])[] {
  if (!isJsonObject(value) || Object.keys(value).length === 0) return [[path, JSON.stringify(value)]]
  return Object.entries(value).flatMap(([key, member]) => leavesOf(member, appendPointer(path, key)))
}
