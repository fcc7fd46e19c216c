import { beforeAll, expect, test } from 'vitest'

import { createBackstory, type EntryFilter } from '../../src/index.ts'
import { describeOnPostgresAndPglite } from '../support/database.ts'

describeOnPostgresAndPglite('what entries must not be', (db) => {
  const backstory = () => createBackstory(db().database)
  const idsOf = async (filter: EntryFilter) =>
    (await backstory().entries({ ...filter, order: 'oldest' })).entries.map(
      ({ changes }) => changes?.after?.['n'] ?? 'gone',
    )

  beforeAll(async () => {
    await db().run('create table notes (id integer primary key, n integer, body text, kind text)')
    await backstory().track('notes')
    await db().run(`
      insert into notes values (1, 1, 'dark tower', 'lore');
      insert into notes values (2, 2, null, 'item');
      update notes set n = 3, kind = 'place' where id = 1;
      delete from notes where id = 2;
      alter table notes rename column kind to sort;
      alter table notes rename to pages;
      update pages set n = 4, sort = 'end' where id = 1`)
  })

  test('leaves out what a whole description holds for, and keeps what it says nothing of', async () => {
    expect(await idsOf({ not: { action: 'insert' } })).toEqual([3, 'gone', 4])
    expect(await idsOf({ not: { userId: 'ada' } })).toEqual([1, 2, 3, 'gone', 4])
    expect(await idsOf({ not: { action: 'insert', text: 'tower' } })).toEqual([2, 3, 'gone', 4])
    expect(await idsOf({ not: [{ action: 'insert' }, { action: 'delete' }] })).toEqual([3, 4])
    expect(await idsOf({ not: { not: { action: 'insert' } } })).toEqual([1, 2])
    expect(await idsOf({ text: ['dark', 'tower'] })).toEqual([1])
    expect(await idsOf({ text: ['dark', 'dragon'] })).toEqual([])
  })

  test('follows renamed tables and columns', async () => {
    expect(await idsOf({ not: { elementType: 'pages' } })).toEqual([])
    expect(
      await idsOf({ action: 'update', not: { elementType: 'pages', newValue: { sort: 'place' } } }),
    ).toEqual([4])
    expect(await idsOf({ action: 'update', not: { elementType: 'notes', changed: 'sort' } })).toEqual([])
  })

  test('holds in a watch, too', async () => {
    const ended = new AbortController()
    const seen: unknown[] = []
    const watch = backstory().watch({
      from: 'beginning',
      not: { elementType: 'pages', action: 'update' },
      signal: ended.signal,
    })
    for await (const entry of watch) {
      seen.push(entry.action)
      if (seen.length === 3) ended.abort()
    }
    expect(seen).toEqual(['insert', 'insert', 'delete'])
  })

  test('is part of what a cursor is bound to', async () => {
    const { nextCursor } = await backstory().entries({ limit: 1, not: { action: 'delete' } })
    await expect(
      backstory().entries({ limit: 1, not: { action: 'insert' }, cursor: nextCursor ?? '' }),
    ).rejects.toMatchObject({ code: 'invalid_cursor' })
  })

  test('is refused where it says nothing', () => {
    expect(() => backstory().entries({ not: {} })).toThrow(/says nothing/)
    expect(() => backstory().entries({ not: [] })).not.toThrow()
  })

  test('finds elements that are gone until they come back, and entries by id', async () => {
    const { entries } = await backstory().entries({ gone: true })
    expect(entries).toMatchObject([{ elementId: '2', action: 'delete' }])
    expect((await backstory().entries({ id: entries[0]?.id ?? '' })).entries).toEqual(entries)
    await db().run(`insert into pages values (2, 9, null, 'item')`)
    expect((await backstory().entries({ gone: true })).entries).toEqual([])
  })
})
