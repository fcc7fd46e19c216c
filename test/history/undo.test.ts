import { describe, expect, test } from 'vitest'

import { actingAs, createBackstory, type Entry } from '../../src/index.ts'
import { describeOnEveryDatabase } from '../support/database.ts'
import { readEntries } from '../support/log.ts'

describeOnEveryDatabase('undoing', (db) => {
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

  describe('an entry', () => {
    test('takes back what it changed and leaves what others changed since', async () => {
      await create('merges', 'id integer primary key, name text, doc jsonb')
      await run(
        `insert into merges values (1, 'Ged', '{"hp": 10, "tags": ["a"], "in": {"x": 1, "y": 1}}')`,
        `update merges set name = 'Sparrowhawk', doc = '{"hp": 12, "tags": ["a"], "in": {"x": 2, "z": 3}}'`,
        `update merges set doc = jsonb_set(doc, '{tags}', '["a", "b"]')`,
        `update merges set doc = jsonb_set(doc, '{in,w}', '4')`,
      )
      const undone = await backstory().undo({ entry: await nth('merges', 1) })
      expect(undone).toMatchObject({
        conflicts: [],
        changes: [
          {
            elementType: 'merges',
            elementId: '1',
            action: 'update',
            changes: {
              before: { name: 'Sparrowhawk', doc: { hp: 12, in: { x: 2, z: 3 } } },
              after: { name: 'Ged', doc: { hp: 10, in: { x: 1, y: 1 } } },
            },
          },
        ],
      })
      expect(await rows('merges')).toEqual([
        { id: 1, name: 'Ged', doc: { hp: 10, tags: ['a', 'b'], in: { x: 1, y: 1, w: 4 } } },
      ])
      expect((await newest('merges')).changes).toEqual(undone.changes[0]?.changes)
    })

    test('is an ordinary write of whoever acts, and says what it undoes', async () => {
      await create('actors', 'id integer primary key, name text')
      await run(`insert into actors values (1, 'a')`, `update actors set name = 'b'`)
      const entry = await newest('actors')
      await actingAs({ userId: 'ada', reason: 'vandalism' }, () => backstory().undo({ entry }))
      const [, , undoing] = await readEntries(db(), 'actors')
      expect(undoing).toMatchObject({
        userId: 'ada',
        action: 'update',
        context: { reason: 'vandalism', undoes: [entry.id] },
      })
    })

    test('of an insertion deletes, of a deletion inserts again', async () => {
      await create('lives', 'id integer generated always as identity primary key, name text')
      await run(`insert into lives (name) values ('a')`)
      await backstory().undo({ entry: await newest('lives') })
      expect(await rows('lives')).toEqual([])
      await backstory().undo({ entry: await newest('lives') })
      expect(await rows('lives')).toEqual([{ id: 1, name: 'a' }])
    })

    test('that is undone already changes nothing and says so', async () => {
      await create('twice', 'id integer primary key, name text')
      await run(`insert into twice values (1, 'a')`, `update twice set name = 'b'`)
      const entry = await newest('twice')
      await backstory().undo({ entry })
      expect(await backstory().undo({ entry })).toEqual({ changes: [], conflicts: [], omitted: [] })
      expect(await entriesOf('twice')).toHaveLength(3)
    })

    test('can be undone by its id, and its undoing is the way to do it again', async () => {
      await create('redone', 'id integer primary key, name text')
      await run(`insert into redone values (1, 'a')`, `update redone set name = 'b'`)
      await backstory().undo({ entry: (await newest('redone')).id })
      expect(await rows('redone')).toEqual([{ id: 1, name: 'a' }])
      await backstory().undo({ entry: (await newest('redone')).id })
      expect(await rows('redone')).toEqual([{ id: 1, name: 'b' }])
    })

    test('that does not exist, or changed nothing, is an error', async () => {
      await expect(backstory().undo({ entry: '999999' })).rejects.toMatchObject({ code: 'entry_not_found' })
      await expect(backstory().undo({ entry: 'x' })).rejects.toMatchObject({ code: 'invalid_argument' })
      await expect(backstory().undo({ transactionId: '1' })).rejects.toMatchObject({
        code: 'entry_not_found',
      })
    })
  })

  describe('a transaction', () => {
    test('takes back all of its entries, of several tables, in an order that foreign keys accept', async () => {
      await create('worlds', 'id integer primary key, name text')
      await create('places', 'id integer primary key, world integer not null references worlds')
      await create('tags', 'place integer references places, tag text, primary key (place, tag)')
      await run(
        `insert into worlds values (1, 'w'); insert into places values (1, 1); insert into tags values (1, 'x')`,
        `delete from tags; delete from places; delete from worlds`,
      )
      await backstory().undo({ transactionId: (await newest('worlds')).transactionId })
      expect(await rows('tags')).toEqual([{ place: 1, tag: 'x' }])
      const undoing = await newest('worlds')
      expect(undoing.action).toBe('insert')
      // and again, children first
      await backstory().undo({ transactionId: undoing.transactionId })
      expect(await rows('worlds')).toEqual([])
      expect(await rows('places')).toEqual([])
    })

    test('brings back what a cascade took, and the references that it emptied', async () => {
      await create('realms', 'id integer primary key')
      await create('towns', 'id integer primary key, realm integer references realms on delete cascade')
      await create('people', 'id integer primary key, town integer references towns on delete set null')
      await run(
        `insert into realms values (1)`,
        `insert into towns values (1, 1), (2, 1)`,
        `insert into people values (1, 2)`,
        `delete from realms`,
      )
      expect(await rows('people')).toEqual([{ id: 1, town: null }])
      await backstory().undo({ transactionId: (await newest('realms')).transactionId })
      expect(await rows('towns')).toHaveLength(2)
      expect(await rows('people')).toEqual([{ id: 1, town: 2 }])
    })

    test('brings back elements that refer to each other, in one table and between two', async () => {
      await create('chain', 'id integer primary key, next integer not null references chain')
      await create('courts', 'id integer primary key, head integer')
      await create('nobles', 'id integer primary key, court integer not null references courts')
      await run(
        `alter table courts add foreign key (head) references nobles`,
        `insert into chain values (1, 2), (2, 3), (3, 1)`,
        `insert into courts values (1, null)`,
        `insert into nobles values (1, 1)`,
        `update courts set head = 1`,
      )
      const whole = [await rows('chain'), await rows('courts'), await rows('nobles')]
      await run(`delete from chain; update courts set head = null; delete from nobles; delete from courts`)
      const { transactionId } = await newest('courts')
      await backstory().undo({ transactionId })
      expect([await rows('chain'), await rows('courts'), await rows('nobles')]).toEqual(whole)
      const undoing = (await newest('courts')).transactionId
      await backstory().undo({ transactionId: undoing })
      expect([await rows('chain'), await rows('courts'), await rows('nobles')]).toEqual([[], [], []])
    })

    test('takes several changes of one element back as one', async () => {
      await create('several', 'id integer primary key, name text, n integer')
      await run(
        `insert into several values (1, 'a', 1)`,
        `update several set name = 'b'; update several set n = 2; delete from several; insert into several values (1, 'c', 3)`,
      )
      const undone = await backstory().undo({ transactionId: (await newest('several')).transactionId })
      expect(undone.changes).toHaveLength(1)
      expect(undone.changes[0]?.undoes).toHaveLength(4)
      expect(await rows('several')).toEqual([{ id: 1, name: 'a', n: 1 }])
    })

    test('takes a change of key back, and the references that followed it', async () => {
      await create('heads', 'id integer primary key, name text')
      await create(
        'limbs',
        'id integer primary key, head integer references heads on update cascade on delete cascade',
      )
      await run(
        `insert into heads values (1, 'a')`,
        `insert into limbs values (1, 1)`,
        `update heads set id = 9`,
      )
      await backstory().undo({ transactionId: (await newest('heads')).transactionId })
      expect(await rows('heads')).toEqual([{ id: 1, name: 'a' }])
      expect(await rows('limbs')).toEqual([{ id: 1, head: 1 }])
    })

    test('of a thousand changed keys', async () => {
      await create('counted', 'id integer primary key deferrable, n integer')
      await run(
        `insert into counted select n, n from generate_series(1, 1000) n`,
        `update counted set id = id + 1`,
      )
      const before = await rows('counted')
      const { transactionId } = await newest('counted')
      await backstory().undo({ transactionId })
      expect(
        await db().query('select min(id) as a, max(id) as b, bool_and(id = n) as same from counted'),
      ).toEqual([{ a: 1, b: 1000, same: true }])
      await backstory().undo({ transactionId: (await newest('counted')).transactionId })
      expect(await rows('counted')).toEqual(before)
    })

    test('frees a unique value before another element takes it', async () => {
      await create('slugs', 'id integer primary key, slug text unique')
      await run(
        `insert into slugs values (1, 'x'), (2, 'y')`,
        `delete from slugs where id = 1; update slugs set slug = 'x' where id = 2`,
      )
      const { transactionId } = await newest('slugs')
      await backstory().undo({ transactionId })
      expect(await rows('slugs')).toEqual([
        { id: 1, slug: 'x' },
        { id: 2, slug: 'y' },
      ])
      await backstory().undo({ transactionId: (await newest('slugs')).transactionId })
      expect(await rows('slugs')).toEqual([{ id: 2, slug: 'x' }])
    })

    test('names in each entry no more than a part of what a large one undoes', async () => {
      await create('crowd', 'id integer primary key, n integer')
      await run(`insert into crowd select n, 0 from generate_series(1, 250) n`, `update crowd set n = 1`)
      await backstory().undo({ transactionId: (await newest('crowd')).transactionId })
      const [named] = await db().query(`
        select count(distinct u) as different, max(jsonb_array_length(context -> 'undoes')) as most
        from public.audit_logs, jsonb_array_elements_text(context -> 'undoes') u
        where element_type = 'crowd' and context -> 'undoes' ? u`)
      expect([Number(named?.['different']), Number(named?.['most'])]).toEqual([250, 100])
    })
  })

  test('what an actor did in a time takes back his entries and leaves those of others', async () => {
    await create('windows', 'id integer primary key, a integer, b integer')
    const write = (userId: string, text: string) =>
      actingAs({ userId }, () =>
        backstory().transaction(async (t) => void (await Reflect.apply(t.query, t, [text]))),
      )
    await write('bob', 'insert into windows values (1, 0, 0), (2, 0, 0)')
    await write('eve', 'update windows set a = 1 where id = 1')
    await write('bob', 'update windows set b = 5 where id = 1')
    await write('eve', 'update windows set a = 2')
    await write('eve', 'insert into windows values (3, 0, 0)')
    const since = (await nth('windows', 2)).timestamp
    const undone = await backstory().undo({ userId: 'eve', since })
    expect(undone.conflicts).toEqual([])
    expect(await rows('windows')).toEqual([
      { id: 1, a: 0, b: 5 },
      { id: 2, a: 0, b: 0 },
    ])
    expect((await backstory().undo({ userId: 'eve', since, until: since })).changes).toEqual([])
  })

  test('what the database refuses leaves everything as it was', async () => {
    await create('owners', 'id integer primary key')
    await create('things', 'id integer primary key, owner integer references owners')
    await run(
      `insert into owners values (1)`,
      `insert into things values (1, 1)`,
      `delete from things`,
      `delete from owners`,
    )
    await expect(backstory().undo({ entry: await newest('things') })).rejects.toMatchObject({
      code: 'undo_refused',
    })
    expect(await rows('things')).toEqual([])
  })

  test('a row that a trigger withholds is an error, and not said to be undone', async () => {
    await create('guarded', 'id integer primary key, a text')
    await db().run(`
      insert into guarded values (1, 'a'); update guarded set a = 'b';
      create function stay() returns trigger language plpgsql as 'begin return null; end';
      create trigger stay before update on guarded for each row execute function stay();`)
    await expect(backstory().undo({ entry: await newest('guarded') })).rejects.toMatchObject({
      code: 'undo_refused',
    })
  })
})
