import { expect, test } from 'vitest'

import { createBackstory, type Entry } from '../../src/index.ts'
import { describeOnPostgresAndPglite } from '../support/database.ts'

describeOnPostgresAndPglite('states', (db) => {
  const backstory = () => createBackstory(db().database)

  async function entriesOf(
    table: string,
    id: number | readonly (string | number)[],
  ): Promise<readonly Entry[]> {
    const { entries } = await backstory().element(table, id).entries({ order: 'oldest' })
    return entries
  }

  async function statesOf(table: string, id: number): Promise<unknown[]> {
    const states: unknown[] = []
    for (const entry of await entriesOf(table, id))
      states.push(await backstory().element(table, id).at(entry))
    return states
  }

  test('are those of an id and not of its other spellings, which no entry has', async () => {
    await db().run(`
      create table spelled (id uuid primary key, n integer);
      insert into spelled values ('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 1)`)
    await backstory().track('spelled')
    const past = new Date()
    await db().run('update spelled set n = 2')
    const id = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'
    expect(await backstory().element('spelled', id).at(past)).toEqual({ id, n: 1 })
    expect(await backstory().element('spelled', id.toUpperCase()).at(past)).toBeNull()
  })

  test('follow every entry of an element, from the insert to the deletion and beyond', async () => {
    await db().run('create table lives (id integer primary key, name text, doc jsonb)')
    await backstory().track('lives')
    await db().run(`
      insert into lives values (1, 'a', '{"x": {"y": 1}}');
      update lives set name = 'b';
      update lives set doc = '{"x": {"z": 1.0}}';
      delete from lives;
      insert into lives values (1, 'again', null);
      update lives set name = 'and again';`)
    const states = await statesOf('lives', 1)
    expect(states.map((state) => JSON.stringify(state))).toEqual([
      '{"id":1,"doc":{"x":{"y":1}},"name":"a"}',
      '{"id":1,"doc":{"x":{"y":1}},"name":"b"}',
      '{"id":1,"doc":{"x":{"z":1.0}},"name":"b"}',
      'null',
      '{"id":1,"doc":null,"name":"again"}',
      '{"id":1,"doc":null,"name":"and again"}',
    ])
  })

  test('at a time are those right after the last entry until then', async () => {
    await db().run('create table moments (id integer primary key, name text)')
    await backstory().track('moments')
    await db().run(`insert into moments values (1, 'a')`)
    await db().run('select pg_sleep(0.002)') // PGlite's clock is coarse
    await db().run(`update moments set name = 'b'`)
    const [insert, update] = await entriesOf('moments', 1)
    const element = backstory().element('moments', 1)
    expect(await element.at(insert?.timestamp ?? '')).toEqual({ id: 1, name: 'a' })
    expect(await element.at(update?.timestamp ?? '')).toEqual({ id: 1, name: 'b' })
    expect(await element.at(new Date(Date.now() + 60_000))).toEqual({ id: 1, name: 'b' })
    expect(await backstory().element('moments', 2).at(new Date())).toBeNull()
  })

  test('of an element that existed before it was tracked are rewound from the live row', async () => {
    await db().run(`
      create table old (id integer primary key, name text, doc jsonb);
      insert into old values (1, 'before', '{"n": [1]}'), (2, 'untouched', null);`)
    await backstory().track('old')
    await db().run(
      `update old set name = 'after' where id = 1; update old set doc = '{"n": [2]}' where id = 1`,
    )
    expect(await statesOf('old', 1)).toEqual([
      { id: 1, name: 'after', doc: { n: [1] } },
      { id: 1, name: 'after', doc: { n: [2] } },
    ])
    expect(await backstory().element('old', 2).at(new Date())).toEqual({
      id: 2,
      name: 'untouched',
      doc: null,
    })
  })

  test('before tracking began are an error that says since when there is a history', async () => {
    await db().run(`create table late (id integer primary key); insert into late values (1)`)
    await backstory().track('late')
    await expect(backstory().element('late', 1).at('2001-01-01')).rejects.toMatchObject({
      code: 'before_tracking',
    })
  })

  test('across a time without tracking are an error where they would have to be guessed', async () => {
    await db().run('create table gaps (id integer primary key, name text)')
    await backstory().track('gaps')
    await db().run(`insert into gaps values (1, 'a'); insert into gaps values (2, 'x');`)
    await backstory().untrack('gaps')
    await db().run(`update gaps set name = 'unseen' where id = 1`)
    await backstory().track('gaps')
    await db().run(`update gaps set name = 'b' where id = 1`)
    const [insert, update] = await entriesOf('gaps', 1)
    const element = backstory().element('gaps', 1)
    if (insert === undefined || update === undefined) throw new Error('Both entries are there.')
    expect(await element.at(insert)).toEqual({ id: 1, name: 'a' }) // forward from the insert
    expect(await element.at(update)).toEqual({ id: 1, name: 'b' }) // the live row
  })

  test('of an element with a composite key, a key with a quote and one beyond 2^53', async () => {
    await db().run('create table keyed (a text, b bigint, name text, primary key (a, b))')
    await backstory().track('keyed')
    await db().run(`
      insert into keyed values ('it''s "x"', 9007199254740993, 'one');
      update keyed set name = 'two';`)
    const element = backstory().element('keyed', [`it's "x"`, 9007199254740993n])
    const { entries } = await element.entries({ order: 'oldest' })
    expect(entries.map(({ action }) => action)).toEqual(['insert', 'update'])
    const [insert] = entries
    if (insert === undefined) throw new Error('The entry is there.')
    expect(JSON.stringify(await element.at(insert))).toContain('"b":9007199254740993')
    await expect(backstory().element('keyed', ['other', 1]).at(insert)).rejects.toMatchObject({
      code: 'invalid_argument',
    })
  })

  test('hold neither ignored nor redacted columns, wherever they are rebuilt from', async () => {
    await db().run(`
      create table shown (id integer primary key, name text, secret text, touched integer);
      insert into shown values (1, 'a', 'hush', 1);`)
    await backstory().track('shown', { redact: ['secret'], ignore: ['touched'] })
    await db().run(`update shown set name = 'b', secret = 'hush hush', touched = 2`)
    expect(await statesOf('shown', 1)).toEqual([{ id: 1, name: 'b' }])
  })

  test('of a table that is not tracked and never was are an error', async () => {
    await expect(backstory().element('never', 1).at(new Date())).rejects.toMatchObject({
      name: 'BackstoryError',
    })
  })
})
