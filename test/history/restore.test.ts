import { expect, test } from 'vitest'

import { actingAs, createBackstory, type Entry } from '../../src/index.ts'
import { describeOnPostgresAndPglite } from '../support/database.ts'
import { readEntries } from '../support/log.ts'

describeOnPostgresAndPglite('restoring', (db) => {
  const backstory = () => createBackstory(db().database)

  async function create(table: string, columns: string, options = {}): Promise<void> {
    await db().run(`create table ${table} (${columns})`)
    await backstory().track(table, options)
  }

  async function run(...texts: readonly string[]): Promise<void> {
    for (const text of texts) await db().run(text)
  }

  async function rows(table: string): Promise<unknown[]> {
    const found = await db().query(`select to_jsonb(r)::text as row from ${table} r order by r`)
    return found.map(({ row }) => JSON.parse(String(row)))
  }

  async function nth(elementType: string, place: number): Promise<Entry> {
    const { entries } = await backstory().entries({ elementType, order: 'oldest' })
    const entry = entries.at(place)
    if (entry === undefined) throw new Error('The entry is there.')
    return entry
  }

  test('makes an element what it was right after an entry, or at a time, whatever came later', async () => {
    await create('versions', 'id integer primary key, name text, doc jsonb')
    await run(
      `insert into versions values (1, 'a', '{"x": 1.50}')`,
      `update versions set name = 'b'`,
      `update versions set doc = '{"y": 2}', name = 'c'`,
    )
    const element = backstory().element('versions', 1)
    const [update, last] = [await nth('versions', 1), await nth('versions', 2)]
    const preview = await element.previewRestore({ to: update })
    const restored = await actingAs({ userId: 'ada' }, () => element.restore({ to: update }))
    expect(restored).toEqual(preview)
    expect(JSON.stringify(await element.at(new Date(Date.now() + 60_000)))).toBe(
      '{"id":1,"doc":{"x":1.50},"name":"b"}',
    )
    expect((await readEntries(db(), 'versions')).at(-1)).toMatchObject({
      userId: 'ada',
      context: { undoes: [last.id] },
    })
    await element.restore({ to: last.timestamp })
    expect(await rows('versions')).toEqual([{ id: 1, name: 'c', doc: { y: 2 } }])
    expect((await element.restore({ to: last })).changes).toEqual([])
  })

  test('brings a deleted element back as it was before, with what its deletion took along', async () => {
    await create('worlds', 'id integer primary key, name text')
    await create('places', 'id integer primary key, world integer references worlds on delete cascade')
    await create(
      'tags',
      'place integer references places on delete cascade, tag text, primary key (place, tag)',
    )
    await create('notes', 'id integer primary key, place integer references places on delete set null')
    await run(
      `insert into worlds values (1, 'w'), (2, 'other')`,
      'insert into places values (1, 1), (2, 1), (3, 2)',
      `insert into tags values (1, 'x'), (3, 'x')`,
      'insert into notes values (1, 2), (2, 3)',
      `begin; delete from tags where place = 3; delete from worlds where id = 1; commit`,
    )
    const element = backstory().element('worlds', 1)
    expect(
      (await element.previewRestore({ cascaded: false })).changes.map(({ elementType }) => elementType),
    ).toEqual(['worlds'])
    await element.restore()
    expect(await rows('worlds')).toHaveLength(2)
    expect(await rows('places')).toHaveLength(3)
    expect(await rows('tags')).toEqual([{ place: 1, tag: 'x' }])
    expect(await rows('notes')).toEqual([
      { id: 1, place: 2 },
      { id: 2, place: 3 },
    ])
  })

  test('brings a deleted element back alone where that is asked for, and as an older version', async () => {
    await create('trunks', 'id integer primary key, n integer')
    await create('twigs', 'id integer primary key, trunk integer references trunks on delete cascade')
    await run(
      'insert into trunks values (1, 1)',
      'insert into twigs values (1, 1)',
      'update trunks set n = 2',
      'delete from trunks',
    )
    await backstory()
      .element('trunks', 1)
      .restore({ to: await nth('trunks', 0), cascaded: false })
    expect([await rows('trunks'), await rows('twigs')]).toEqual([[{ id: 1, n: 1 }], []])
  })

  test('refuses where rows that would come back are there again and others', async () => {
    await create('hosts', 'id integer primary key')
    await create(
      'guests',
      'id integer primary key, host integer references hosts on delete cascade, n integer',
    )
    await run(
      'insert into hosts values (1)',
      'insert into guests values (1, 1, 1), (2, 1, 1)',
      'delete from hosts',
      'insert into guests values (1, null, 9)',
    )
    const element = backstory().element('hosts', 1)
    await expect(element.restore()).rejects.toMatchObject({ code: 'undo_conflict' })
    expect(await rows('hosts')).toEqual([])
    await element.restore({ conflicts: 'skip' })
    expect(await rows('guests')).toEqual([
      { id: 1, host: null, n: 9 },
      { id: 2, host: 1, n: 1 },
    ])
  })

  test('refuses a version at which there was no element, and one of another', async () => {
    await create('absent', 'id integer primary key')
    await run('insert into absent values (1), (2)', 'delete from absent where id = 1')
    const element = backstory().element('absent', 1)
    await expect(element.restore({ to: await nth('absent', 2) })).rejects.toMatchObject({
      code: 'invalid_argument',
    })
    await expect(element.restore({ to: await nth('absent', 1) })).rejects.toMatchObject({
      code: 'invalid_argument',
    })
    await expect(backstory().element('absent', 2).restore()).rejects.toMatchObject({
      code: 'entry_not_found',
    })
    await expect(backstory().element('nowhere', 2).restore()).rejects.toMatchObject({ code: 'not_tracked' })
  })
})
