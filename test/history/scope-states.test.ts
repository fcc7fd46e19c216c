import { beforeAll, expect, expectTypeOf, test } from 'vitest'

import {
  createBackstory,
  type ElementState,
  type Entry,
  type Moment,
  type StateQuery,
  type UnknownState,
} from '../../src/index.ts'
import { describeOnPostgresAndPglite } from '../support/database.ts'

describeOnPostgresAndPglite('a scope with everything in it', (db) => {
  const backstory = () => createBackstory(db().database)
  let founded: Entry
  let grown: Entry

  beforeAll(async () => {
    await db().run(`
      create table worlds (id integer primary key, name text);
      create table elements (id integer primary key, world_id integer references worlds, name text);
      create table relations (
        id integer primary key,
        world_id integer,
        source integer references elements on delete cascade,
        target integer references elements on delete cascade
      );
      create table tags (id integer primary key, name text);
      create table element_tags (
        element_id integer references elements on delete cascade,
        tag_id integer references tags,
        note text,
        primary key (element_id, tag_id)
      );
      create table tag_notes (
        id integer primary key,
        element_id integer not null,
        tag_id integer not null,
        body text,
        foreign key (element_id, tag_id) references element_tags on delete cascade
      );
      create table strangers (id integer primary key, name text);`)
    await backstory().track('worlds', { scope: 'id' })
    await backstory().track('elements', { scope: 'world_id' })
    await backstory().track('relations', { scope: 'world_id' })
    for (const table of ['tag_notes', 'element_tags', 'tags', 'strangers']) await backstory().track(table)
    await db().run(`
      insert into worlds values (1, 'Earthsea'), (2, 'Hain');
      insert into elements values (1, 1, 'Ged'), (2, 1, 'Ogion'), (3, 2, 'Shevek'), (4, 1, 'Tenar');
      insert into relations values (1, 1, 1, 2), (2, 2, 3, 3);
      insert into tags values (1, 'mage'), (2, 'physicist');
      insert into element_tags values (1, 1, 'a'), (3, 2, 'b');
      insert into tag_notes values (1, 1, 1, 'x'), (2, 3, 2, 'y');
      insert into strangers values (1, 'z')`)
    founded = await lastEntry()
    await db().run(`
      update elements set world_id = 2 where id = 4;
      insert into element_tags values (4, 1, 'c');
      update tag_notes set body = 'z' where id = 1;
      delete from elements where id = 1`)
    grown = await lastEntry()
  })

  async function lastEntry(): Promise<Entry> {
    const { entries } = await backstory().entries({ limit: 1 })
    const [entry] = entries
    if (entry === undefined) throw new Error('The log is not empty.')
    return entry
  }

  async function namesAt(scope: number | string, moment: Moment): Promise<readonly string[]> {
    const states = await backstory().scope(scope).at(moment)
    return states.map(({ elementType, elementId }) => `${elementType} ${elementId}`).toSorted()
  }

  test('are its elements, relations and the rows of pivots that pointed at them then, and what pointed at those', async () => {
    expect(await namesAt(1, founded)).toEqual([
      'element_tags [1,1]',
      'elements 1',
      'elements 2',
      'elements 4',
      'relations 1',
      'tag_notes 1',
      'worlds 1',
    ])
    expect(await namesAt('2', founded)).toEqual([
      'element_tags [3,2]',
      'elements 3',
      'relations 2',
      'tag_notes 2',
      'worlds 2',
    ])
    const states = await backstory().scope(1).at(founded)
    expect(states.find(({ elementType }) => elementType === 'tag_notes')?.state).toMatchObject({ body: 'x' })
  })

  test('follow elements that moved, and what their deletion took along', async () => {
    expect(await namesAt(1, grown)).toEqual(['elements 2', 'worlds 1'])
    expect(await namesAt(2, grown)).toEqual([
      'element_tags [3,2]',
      'element_tags [4,1]',
      'elements 3',
      'elements 4',
      'relations 2',
      'tag_notes 2',
      'worlds 2',
    ])
    expect(await namesAt(1, { transactionId: founded.transactionId })).toEqual(await namesAt(1, founded))
    expect(await namesAt(2, new Date(Date.now() + 1000))).toEqual(await namesAt(2, grown))
    expect(await namesAt('none', grown)).toEqual([])
  })

  test('of a table that began to be tracked later are marked as unknown, unless it was empty then', async () => {
    const { timestamp } = await lastEntry()
    await db().run(`
      create table maps (id integer primary key, world_id integer);
      create table songs (id integer primary key, world_id integer);
      insert into songs values (1, 1)`)
    await backstory().track('maps', { scope: 'world_id' })
    await db().run('insert into maps values (1, 1)')
    expect(await namesAt(1, timestamp)).toEqual(['elements 2', 'worlds 1'])
    expect(await namesAt(1, new Date(Date.now() + 1000))).toEqual(['elements 2', 'maps 1', 'worlds 1'])
    await backstory().track('songs', { scope: 'world_id' })
    await expect(namesAt(1, timestamp)).rejects.toMatchObject({
      code: 'before_tracking',
      message: expect.stringContaining('songs'),
    })
    const marked = await backstory().scope(1).at(timestamp, { unknown: 'mark' })
    expect(marked.filter(({ isKnown }) => !isKnown)).toEqual([
      { elementType: 'songs', elementId: null, isKnown: false, state: null },
    ])
    expect(await namesAt(1, new Date(Date.now() + 1000))).toContain('songs 1')
    // a table that is gone had nothing
    await db().run('drop table songs; select backstory.follow()')
    await db().run(`insert into worlds values (3, 'Orsinia')`)
    expect(await namesAt(1, await lastEntry())).toEqual(['elements 2', 'maps 1', 'worlds 1'])
  })

  test('hold what is in a table that refers to itself, however deep, and circles end', async () => {
    await db().run(`
      insert into worlds values (7, 'Discworld'), (8, 'Elsewhere');
      create table folders (
        drawer text, id integer, world_id integer references worlds, parent integer, alias_of integer, name text,
        primary key (drawer, id),
        foreign key (drawer, parent) references folders,
        foreign key (drawer, alias_of) references folders
      );`)
    await backstory().track('folders')
    await db().run(`
      insert into folders values
        ('a', 1, 7, null, null, 'maps'), ('a', 2, null, 1, null, 'cities'), ('a', 3, null, 2, null, 'Ankh'),
        ('a', 4, null, null, 3, 'another name of Ankh'),
        ('b', 1, 8, null, null, 'of another world'), ('b', 2, null, 1, null, 'in it'),
        ('c', 1, null, null, null, 'of none'), ('c', 2, null, 1, null, 'in none');
      -- each in the other, and the whole in the world; and two that are only in each other
      update folders set parent = 3 where drawer = 'a' and id = 1;
      update folders set parent = 2 where drawer = 'c' and id = 1`)
    const deep = await lastEntry()
    await db().run(`update folders set parent = null where drawer = 'a' and id = 3`)
    const folders = async (scope: number, moment: Moment) =>
      (await namesAt(scope, moment)).filter((name) => name.startsWith('folders'))
    expect(await folders(7, deep)).toEqual(['a,1', 'a,2', 'a,3', 'a,4'].map(folderName))
    expect(await folders(8, deep)).toEqual(['b,1', 'b,2'].map(folderName))
    expect(await folders(7, await lastEntry())).toEqual(['a,1', 'a,2'].map(folderName))
  })

  const folderName = (id: string) => `folders ["${id.replace(',', '",')}]`

  test('have types that know about the unknown only where it is asked for', () => {
    const scope = backstory().scope(1n)
    expect(scope.scope).toBe('1')
    expectTypeOf(scope.at('2026-01-31')).toEqualTypeOf<StateQuery<ElementState>>()
    expectTypeOf(scope.at('2026-01-31', { unknown: 'mark' })).toEqualTypeOf<
      StateQuery<ElementState | UnknownState>
    >()
    // @ts-expect-error no such option
    expect(() => scope.at('2026-01-31', { scope: '1' })).toThrow('knows no option "scope"')
  })
})
