import { expect, test } from 'vitest'

import { conflictsOf, createBackstory, type Entry } from '../../src/index.ts'
import { describeOnPostgresAndPglite } from '../support/database.ts'

describeOnPostgresAndPglite('conflicts of undoing', (db) => {
  const backstory = () => createBackstory(db().database)

  async function create(table: string, columns: string, options = {}): Promise<void> {
    await db().run(`create table ${table} (${columns})`)
    await backstory().track(table, options)
  }

  /** Each text in a transaction of its own. */
  async function run(...texts: readonly string[]): Promise<void> {
    for (const text of texts) await db().run(text)
  }

  async function rows(table: string): Promise<unknown[]> {
    const found = await db().query(`select to_jsonb(r)::text as row from ${table} r order by r`)
    return found.map(({ row }) => JSON.parse(String(row)))
  }

  /** Every entry of a table, oldest first. */
  async function entriesOf(elementType: string): Promise<readonly Entry[]> {
    return (await backstory().entries({ elementType, order: 'oldest' })).entries
  }

  async function nth(elementType: string, place: number): Promise<Entry> {
    const entry = (await entriesOf(elementType)).at(place)
    if (entry === undefined) throw new Error('The entry is there.')
    return entry
  }

  async function newest(elementType: string): Promise<Entry> {
    const [entry] = (await backstory().entries({ elementType, limit: 1 })).entries
    if (entry === undefined) throw new Error('The entry is there.')
    return entry
  }

  test('with a later change are refused with both entries, and nothing is written', async () => {
    await create('later', 'id integer primary key, name text, doc jsonb')
    await run(
      `insert into later values (1, 'a', '{"in": {"x": 1}}'), (2, 'a', null)`,
      `update later set name = 'b', doc = '{"in": {"x": 2}}' where id = 1; update later set name = 'b' where id = 2`,
      `update later set doc = '{"in": "gone"}' where id = 1`,
      `update later set name = 'c' where id = 1`,
    )
    const [, , update, , above, name] = await entriesOf('later')
    const error = await backstory()
      .undo({ transactionId: update?.transactionId ?? '' })
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'undo_conflict', details: { conflicts: 2 } })
    expect(conflictsOf(error)).toEqual([
      {
        kind: 'changed',
        elementType: 'later',
        elementId: '1',
        path: '/doc/in',
        entry: update,
        later: above,
      },
      { kind: 'changed', elementType: 'later', elementId: '1', path: '/name', entry: update, later: name },
    ])
    expect(await entriesOf('later')).toHaveLength(6)

    const what = { transactionId: update?.transactionId ?? '' }
    expect((await backstory().previewUndo(what)).changes).toEqual([])
    const skipping = await backstory().previewUndo(what, { conflicts: 'skip' })
    expect(skipping.changes.map(({ elementId }) => elementId)).toEqual(['2'])
    const forcing = await backstory().previewUndo(what, { conflicts: 'force' })
    expect(forcing.changes.map(({ elementId }) => elementId).toSorted()).toEqual(['1', '2'])
    expect(await entriesOf('later')).toHaveLength(6)

    expect(await backstory().undo(what, { conflicts: 'skip' })).toEqual(skipping)
    expect(await rows('later')).toEqual([
      { id: 1, name: 'c', doc: { in: 'gone' } },
      { id: 2, name: 'a', doc: null },
    ])
    await backstory().undo(what, { conflicts: 'force' })
    expect(await rows('later')).toEqual([
      { id: 1, name: 'a', doc: { in: { x: 1 } } },
      { id: 2, name: 'a', doc: null },
    ])
  })

  test('with a change inside of what came', async () => {
    await create('inside', 'id integer primary key, doc jsonb')
    await run(
      `insert into inside values (1, '{}')`,
      `update inside set doc = '{"new": {"x": 1}}'`,
      `update inside set doc = '{"new": {"x": 1, "y": 2}}'`,
    )
    const [, update, later] = await entriesOf('inside')
    const { conflicts } = await backstory().previewUndo({ entry: update?.id ?? '' })
    expect(conflicts).toMatchObject([{ path: '/doc/new', entry: update, later }])
  })

  test('with a deletion: force brings the element back, without the change', async () => {
    await create('removed', 'id integer primary key, a text, b text')
    await run(
      `insert into removed values (1, 'a', 'b')`,
      `update removed set a = 'A'`,
      `update removed set b = 'B'`,
      `delete from removed`,
    )
    const [, update, , deletion] = await entriesOf('removed')
    const what = { entry: update?.id ?? '' }
    expect((await backstory().previewUndo(what)).conflicts).toMatchObject([
      { kind: 'gone', path: '', later: deletion },
    ])
    expect(await backstory().undo(what, { conflicts: 'skip' })).toMatchObject({ changes: [] })
    await backstory().undo(what, { conflicts: 'force' })
    expect(await rows('removed')).toEqual([{ id: 1, a: 'a', b: 'B' }])
  })

  test('with an element that exists again', async () => {
    await create('again', 'id integer primary key, a text')
    await run(`insert into again values (1, 'a')`, `delete from again`, `insert into again values (1, 'b')`)
    const [, deletion, insert] = await entriesOf('again')
    const what = { entry: deletion?.id ?? '' }
    expect((await backstory().previewUndo(what)).conflicts).toMatchObject([{ kind: 'exists', later: insert }])
    await backstory().undo(what, { conflicts: 'force' })
    expect(await rows('again')).toEqual([{ id: 1, a: 'a' }])
  })

  test('with a change of an element that would go', async () => {
    await create('grown', 'id integer primary key, a text')
    await run(`insert into grown values (1, 'a')`, `update grown set a = 'b'`)
    const [insert, update] = await entriesOf('grown')
    const what = { entry: insert?.id ?? '' }
    expect((await backstory().previewUndo(what)).conflicts).toMatchObject([
      { kind: 'changed', path: '/a', later: update },
    ])
    await backstory().undo(what, { conflicts: 'skip' })
    expect(await rows('grown')).toHaveLength(1)
    await backstory().undo(what, { conflicts: 'force' })
    expect(await rows('grown')).toEqual([])
  })

  test('with rows that would go along', async () => {
    await create('parents', 'id integer primary key')
    await create('children', 'id integer primary key, parent integer references parents on delete cascade')
    await run(`insert into parents values (1), (2)`, `insert into children values (7, 1)`)
    const what = { transactionId: (await newest('parents')).transactionId }
    const child = await newest('children')
    expect((await backstory().previewUndo(what)).conflicts).toMatchObject([
      { kind: 'referenced', elementType: 'parents', elementId: '1', later: child },
    ])
    await expect(backstory().undo(what)).rejects.toMatchObject({ code: 'undo_conflict' })
    await backstory().undo(what, { conflicts: 'skip' })
    expect(await rows('parents')).toEqual([{ id: 1 }])
    await backstory().undo(what, { conflicts: 'force' })
    expect(await rows('children')).toEqual([])
  })

  test('are none where a change was changed back', async () => {
    await create('back', 'id integer primary key, a text')
    await run(
      `insert into back values (1, 'a')`,
      `update back set a = 'b'`,
      `update back set a = 'c'`,
      `update back set a = 'b'`,
    )
    await backstory().undo({ entry: await nth('back', 1) })
    expect(await rows('back')).toEqual([{ id: 1, a: 'a' }])
  })
})
