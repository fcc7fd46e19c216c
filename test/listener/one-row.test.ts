import { expect, test } from 'vitest'

import { actingAs, createBackstory } from '../../src/index.ts'
import type { Announcement, RowKey } from '../../src/orm/recorder.ts'
import { describeOnEveryDatabase, type TestQueries } from '../support/database.ts'
import { flushText } from '../support/flush.ts'
import { readLog } from '../support/log.ts'

describeOnEveryDatabase('one row of a flush, which is compared as a row', (db) => {
  const track = (table: string, options: object = {}) =>
    createBackstory(db().database).track(table, { ...options, capture: 'listener' })
  const hasFunctions = async (table: string) => {
    const [row] = await db().query(
      `select to_regproc(backstory.row_function('record_row', 'public', $1)) is not null as found`,
      [table],
    )
    return row?.['found']
  }
  const flush = (
    session: TestQueries,
    announcements: readonly (readonly [Announcement['operation'], string, RowKey, RowKey?])[],
    text: string,
    others: readonly Announcement[] = [],
  ) =>
    flushText(
      session,
      announcements.map(([operation, name, key, newKey]) => ({
        table: { name },
        operation,
        key,
        ...(newKey === undefined ? {} : { newKey }),
      })),
      text,
      others,
    )

  test('may have columns of names that PL/pgSQL reserves and SQL does not', async () => {
    await db().run(`
      create table span (by integer primary key, begin date, loop numeric, strict jsonb);
      insert into span values (1, '2026-01-31', 1.5, '{"n": 1}')`)
    await track('span')
    await db().session((session) =>
      flush(
        session,
        [['update', 'span', { by: 1 }]],
        `update span set begin = '2026-02-01', loop = 1.50, strict = '{"n": 2}'`,
      ),
    )
    expect((await readLog(db(), 'span')).map(({ changes }) => changes)).toEqual([
      {
        before: { begin: '2026-01-31', loop: 1.5, strict: { n: 1 } },
        after: { begin: '2026-02-01', loop: 1.5, strict: { n: 2 } },
      },
    ])
  })

  test('has functions of its own where every column reads back as it was written, and only there', async () => {
    await db().run(`
      create domain positive as integer check (value > 0);
      create type pair as (a integer, b integer);
      create table plain (id integer primary key, document jsonb, tags text[]);
      create table with_domain (id integer primary key, n positive);
      create table with_pair (id integer primary key, pair pair)`)
    for (const table of ['plain', 'with_domain', 'with_pair']) await track(table)
    const isMade = db().capture === 'compiled'
    expect(await hasFunctions('plain')).toBe(isMade)
    expect(await hasFunctions('with_domain')).toBe(false)
    expect(await hasFunctions('with_pair')).toBe(false)
    await db().session(async (session) => {
      await flush(session, [['insert', 'with_domain', { id: 1 }]], 'insert into with_domain values (1, 1)')
      // which the stored value would break, were it read again
      await session.run(
        'alter domain positive drop constraint positive_check; alter domain positive add check (value > 9) not valid',
      )
      await flush(session, [['update', 'with_domain', { id: 1 }]], 'update with_domain set n = 10')
    })
    expect((await readLog(db(), 'with_domain')).at(-1)?.changes).toEqual({
      before: { n: 1 },
      after: { n: 10 },
    })
    if (!isMade) return
    await db().run('alter table plain add column n positive')
    expect(await hasFunctions('plain')).toBe(false)
    await db().run('alter table plain drop column n')
    expect(await hasFunctions('plain')).toBe(true)
    await db().run(
      'alter table plain drop constraint plain_pkey, add column other text default gen_random_uuid(), add primary key (other)',
    )
    expect(await hasFunctions('plain')).toBe(true)
    await db().run('alter table plain rename to renamed')
    expect([await hasFunctions('plain'), await hasFunctions('renamed')]).toEqual([false, true])
    await createBackstory(db().database).untrack('renamed')
    expect(await hasFunctions('renamed')).toBe(false)
    await track('renamed')
    await db().run('drop table renamed')
    expect(await hasFunctions('renamed')).toBe(false)
  })

  test('is recorded by names that SQL would take for its own, with what is redacted and ignored', async () => {
    await db().run(`
      create table "key" ("key" integer primary key, "kept" text, "old" text, "new" text, "found" text, "g" text)`)
    await track('key', { redact: ['old'], ignore: ['new'], scope: 'g' })
    await db().session((session) =>
      actingAs({ userId: 'ada', reason: 'names' }, async () => {
        await flush(
          session,
          [['insert', 'key', { key: 1 }]],
          `insert into "key" values (1, '=(a)', 'secret', 'x', E'line\\nbreak', 'w')`,
        )
        await flush(
          session,
          [['update', 'key', { key: 1 }]],
          `update "key" set kept = '"", \\(=', old = 'other', new = 'y', found = null`,
        )
        await flush(session, [['update', 'key', { key: 1 }]], `update "key" set new = 'z'`)
        await flush(session, [['delete', 'key', { key: 1 }]], `delete from "key"`)
      }),
    )
    expect((await readLog(db(), 'key')).map(({ action, changes }) => ({ action, changes }))).toEqual([
      {
        action: 'insert',
        changes: { after: { key: 1, kept: '=(a)', found: 'line\nbreak', g: 'w' }, redacted: ['old'] },
      },
      {
        action: 'update',
        changes: {
          before: { kept: '=(a)', found: 'line\nbreak' },
          after: { kept: '"", \\(=', found: null },
          redacted: ['old'],
        },
      },
      {
        action: 'delete',
        changes: { before: { key: 1, kept: '"", \\(=', found: null, g: 'w' }, redacted: ['old'] },
      },
    ])
  })

  test('that turns out to be one of several, or to move, is recorded with them', async () => {
    await db().run(`
      create table figure (id integer primary key, name text);
      insert into figure values (1, 'one'), (2, 'two')`)
    await track('figure')
    await db().session(async (session) => {
      await flush(
        session,
        [['update', 'figure', { id: 1 }]],
        `update figure set name = 'first' where id = 1; insert into figure values (3, 'three')`,
        [{ table: { name: 'figure' }, operation: 'insert', key: { id: 3 } }],
      )
      await flush(
        session,
        [['update', 'figure', { id: 2 }, { id: 4 }]],
        'update figure set id = 4 where id = 2',
      )
      await flush(session, [['update', 'figure', { id: 9 }]], `insert into figure values (9, 'nine')`)
      await flush(session, [['delete', 'figure', { id: 8 }]], 'select 1')
    })
    expect(
      (await readLog(db(), 'figure')).map(({ action, elementId, changes }) => [action, elementId, changes]),
    ).toEqual([
      ['update', '1', { before: { name: 'one' }, after: { name: 'first' } }],
      ['insert', '3', { after: { id: 3, name: 'three' } }],
      ['delete', '2', { before: { id: 2, name: 'two' } }],
      ['insert', '4', { after: { id: 4, name: 'two' } }],
      ['insert', '9', { after: { id: 9, name: 'nine' } }],
    ])
  })

  test('is not looked into where it is of another type', async (context) => {
    if (db().capture === 'generic') context.skip('nothing is made there')
    await db().run(
      'create table victim (id integer primary key); create table stranger (id integer primary key)',
    )
    await track('victim')
    const [row] = await db().query(`select backstory.row_function('enter_row', 'public', 'victim') as name`)
    await expect(
      db().query(`select ${String(row?.['name'])}(null::stranger, row(1)::stranger, 'INSERT')`),
    ).rejects.toMatchObject({ code: 'BS120' })
    expect(await readLog(db(), 'victim')).toEqual([])
  })
})
