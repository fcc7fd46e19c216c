import { expect, test } from 'vitest'

import { actingAs, createBackstory } from '../../src/index.ts'
import type { Announcement, RowKey } from '../../src/orm/recorder.ts'
import { describeOnEveryDatabase, type TestQueries } from '../support/database.ts'
import { flushText } from '../support/flush.ts'
import { readEntries, readLog } from '../support/log.ts'

describeOnEveryDatabase('several rows of one table, which are compared as rows', (db) => {
  const track = (table: string, options: object = {}) =>
    createBackstory(db().database).track(table, { ...options, capture: 'listener' })
  const flush = (
    session: TestQueries,
    operation: Announcement['operation'],
    name: string,
    keys: readonly (RowKey | readonly [RowKey, RowKey])[],
    text: string,
    others: readonly Announcement[] = [],
  ) =>
    flushText(
      session,
      keys.map((given) => {
        const [key, newKey] = isMove(given) ? given : [given]
        return { table: { name }, operation, key, ...(newKey === undefined ? {} : { newKey }) }
      }),
      text,
      others,
    )

  test('have the entries that each would have, in the order in which they are announced', async () => {
    await db().run(`
      create table hero (id integer primary key, name text, secret text, seen timestamptz, document jsonb)`)
    await track('hero', { redact: ['secret'], ignore: ['seen'] })
    await db().session((session) =>
      actingAs({ userId: 'ada', reason: 'several' }, async () => {
        await flush(
          session,
          'insert',
          'hero',
          [{ id: 3 }, { id: 1 }, { id: 2 }, { id: 9 }],
          `insert into hero values
             (1, E'a "quoted" \\\\ name', 's', now(), '{"deep": {"n": 1.10}}'), (2, 'two', null, now(), null),
             (3, '', '', null, '[]')`,
        )
        await flush(
          session,
          'update',
          'hero',
          [{ id: 2 }, { id: 8 }, { id: 1 }, { id: 3 }],
          `update hero set name = 'deux' where id = 2;
           update hero set document = '{"deep": {"n": 1.1}, "new": null}', secret = 't' where id = 1;
           update hero set seen = now() where id = 3`,
        )
        await flush(
          session,
          'delete',
          'hero',
          [{ id: 3 }, { id: 7 }, { id: 2 }],
          'delete from hero where id > 1',
        )
      }),
    )
    expect(
      (await readLog(db(), 'hero')).map(({ action, elementId, changes }) => [action, elementId, changes]),
    ).toEqual([
      ['insert', '3', { after: { id: 3, name: '', document: [] }, redacted: ['secret'] }],
      [
        'insert',
        '1',
        {
          after: { id: 1, name: 'a "quoted" \\ name', document: { deep: { n: 1.1 } } },
          redacted: ['secret'],
        },
      ],
      ['insert', '2', { after: { id: 2, name: 'two', document: null }, redacted: ['secret'] }],
      ['update', '2', { before: { name: 'two' }, after: { name: 'deux' } }],
      [
        'update',
        '1',
        {
          before: { document: { deep: { n: 1.1 } } },
          after: { document: { deep: { n: 1.1 }, new: null } },
          redacted: ['secret'],
        },
      ],
      ['delete', '3', { before: { id: 3, name: '', document: [] }, redacted: ['secret'] }],
      ['delete', '2', { before: { id: 2, name: 'deux', document: null }, redacted: ['secret'] }],
    ])
    expect(new Set((await readEntries(db(), 'hero')).map(({ userId }) => userId))).toEqual(new Set(['ada']))
  })

  test('of a composite key, with names that need quoting', async () => {
    await db().run(`
      create table "Order ""Items" ("place" integer, "k" text, "r" text, "s" integer, primary key ("k", "place"));
      insert into "Order ""Items" select n, 'k', 'r', n from generate_series(1, 3) as n`)
    await track('"Order ""Items"')
    await db().session((session) =>
      flush(
        session,
        'update',
        'Order "Items',
        [
          { place: 2, k: 'k' },
          { k: 'k', place: 1 },
          { place: 3, k: 'k' },
        ],
        `update "Order ""Items" set s = s + 10 where place < 3`,
      ),
    )
    expect(
      (await readLog(db(), 'Order "Items')).map(({ elementId, changes }) => [elementId, changes]),
    ).toEqual([
      ['["k",2]', { before: { s: 2 }, after: { s: 12 } }],
      ['["k",1]', { before: { s: 1 }, after: { s: 11 } }],
    ])
  })

  test('have one entry for a row that is announced twice, by texts of one key', async () => {
    const id = 'abcdefab-0000-4000-8000-000000000001'
    await db().run(`
      create table spell (id uuid primary key, name text);
      insert into spell values ('${id}', 'lumen'), ('${id.replace(/1$/, '2')}', 'nox')`)
    await track('spell')
    await db().session((session) =>
      flush(
        session,
        'update',
        'spell',
        [{ id: id.toUpperCase() }, { id: id.replace(/1$/, '2') }, { id }],
        `update spell set name = name || '!'`,
      ),
    )
    expect((await readLog(db(), 'spell')).map(({ changes }) => changes)).toEqual([
      { before: { name: 'lumen' }, after: { name: 'lumen!' } },
      { before: { name: 'nox' }, after: { name: 'nox!' } },
    ])
  })

  test('are looked for by what is too long for their key, without an error', async () => {
    await db().run(`
      create table rune (id varchar(3) primary key, n integer);
      insert into rune values ('abc', 1), ('d', 2)`)
    await track('rune')
    await db().session((session) =>
      flush(
        session,
        'update',
        'rune',
        [{ id: 'abcd' }, { id: 'abc' }, { id: 'd' }],
        `update rune set n = 3 where id in ('abcd', 'abc')`,
      ),
    )
    expect((await readLog(db(), 'rune')).map(({ elementId }) => elementId)).toEqual(['abc'])
  })

  test('are recorded with what comes to them, and where one of them moves', async () => {
    await db().run(`
      create table figure (id integer primary key, name text);
      create table other (id integer primary key);
      insert into figure values (1, 'one'), (2, 'two'), (3, 'three')`)
    await track('figure')
    await track('other')
    await db().session(async (session) => {
      await flush(
        session,
        'update',
        'figure',
        [{ id: 7 }, { id: 1 }, { id: 2 }],
        `update figure set name = upper(name) where id < 3; insert into figure values (4, 'four'); insert into other values (5)`,
        [
          { table: { name: 'other' }, operation: 'insert', key: { id: 5 } },
          { table: { name: 'figure' }, operation: 'insert', key: { id: 4 } },
        ],
      )
      await flush(
        session,
        'update',
        'figure',
        [{ id: 3 }, [{ id: 1 }, { id: 6 }]],
        `update figure set name = 'III' where id = 3; update figure set id = 6 where id = 1`,
      )
    })
    expect(
      (await readEntries(db()))
        .slice(-7)
        .map(({ action, elementType, elementId, changes }) => [
          action,
          `${elementType} ${elementId}`,
          changes,
        ]),
    ).toEqual([
      ['update', 'figure 1', { before: { name: 'one' }, after: { name: 'ONE' } }],
      ['update', 'figure 2', { before: { name: 'two' }, after: { name: 'TWO' } }],
      ['insert', 'other 5', { after: { id: 5 } }],
      ['insert', 'figure 4', { after: { id: 4, name: 'four' } }],
      ['update', 'figure 3', { before: { name: 'three' }, after: { name: 'III' } }],
      ['delete', 'figure 1', { before: { id: 1, name: 'ONE' } }],
      ['insert', 'figure 6', { after: { id: 6, name: 'ONE' } }],
    ])
  })
})

function isMove(given: RowKey | readonly [RowKey, RowKey]): given is readonly [RowKey, RowKey] {
  return Array.isArray(given)
}
