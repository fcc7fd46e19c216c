import { expect, test } from 'vitest'

import { createBackstory, type Entry } from '../../src/index.ts'
import { describeOnPostgresAndPglite } from '../support/database.ts'

const later = () => new Date(Date.now() + 3_600_000)

describeOnPostgresAndPglite('states around times without tracking', (db) => {
  const backstory = () => createBackstory(db().database)
  const element = (table: string, id: number) => backstory().element(table, id)

  async function entriesOf(table: string, id: number): Promise<readonly Entry[]> {
    const { entries } = await element(table, id).entries({ order: 'oldest' })
    return entries
  }

  /** When something happened to a tracked table itself, in order. */
  async function timesOf(table: string, kind: string): Promise<string[]> {
    const rows = await db().query(
      `select to_char(s."timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at
       from backstory.schema_changes s join backstory.tracked t on t.id = s.tracked_id
       where t.element_type = $1 and s.kind = $2 order by s.id`,
      [table, kind],
    )
    return rows.map(({ at }) => String(at))
  }

  /** A table that was tracked, was not for a while, and is again. Rows 1 and 2 existed before, 3 and 4 came later. */
  async function createGap(table: string): Promise<void> {
    await db().run(`
      create table ${table} (id integer primary key, n integer);
      insert into ${table} values (1, 1), (2, 1)`)
    await db().run(`select backstory.track('${table}')`)
    await db().run(`insert into ${table} values (3, 1), (4, 1); update ${table} set n = 2 where id <> 2`)
    await db().run(`select backstory.untrack('${table}')`)
    await db().run(
      `update ${table} set n = 3; delete from ${table} where id = 4; insert into ${table} values (5, 3)`,
    )
    await db().run(`select backstory.track('${table}')`)
    await db().run(`update ${table} set n = 4`)
  }

  test('an element that was recorded from its insert on is known up to the gap, and again after it', async () => {
    await createGap('known')
    const entries = await entriesOf('known', 3)
    expect(entries.map(({ action }) => action)).toEqual(['insert', 'update', 'update'])
    expect(await Promise.all(entries.map((entry) => element('known', 3).at(entry)))).toEqual([
      { id: 3, n: 1 },
      { id: 3, n: 2 },
      { id: 3, n: 4 },
    ])
  })

  test('one that would have to be rewound across the gap is an error, not a guess', async () => {
    await createGap('guessed')
    const [first, last] = await entriesOf('guessed', 1)
    if (first === undefined || last === undefined) throw new Error('There are two entries.')
    await expect(element('guessed', 1).at(first)).rejects.toMatchObject({
      name: 'BackstoryError',
      code: 'before_tracking',
      message: expect.stringContaining('cannot be known'),
    })
    expect(await element('guessed', 1).at(last)).toEqual({ id: 1, n: 4 })
  })

  test('a time inside of the gap is an error for every element', async () => {
    await createGap('asked')
    const [gap] = await timesOf('asked', 'untracked')
    for (const id of [1, 2, 3, 4, 5, 99]) {
      await expect(element('asked', id).at(gap ?? '')).rejects.toMatchObject({
        code: 'before_tracking',
        message: expect.stringContaining('its table was not tracked then, but since'),
      })
    }
  })

  test('times at which the table was tracked are answered on both sides of it, where that can be known', async () => {
    await createGap('answered')
    const [begin, resumed] = await timesOf('answered', 'tracked')
    if (begin === undefined || resumed === undefined) throw new Error('It was tracked twice.')
    // nobody knows what rows 1 and 2 were before the gap: their entries, if any, do not tell it
    await expect(element('answered', 2).at(begin)).rejects.toMatchObject({ code: 'before_tracking' })
    expect(await element('answered', 1).at(resumed)).toEqual({ id: 1, n: 3 })
    expect(await element('answered', 2).at(resumed)).toEqual({ id: 2, n: 3 })
    expect(await element('answered', 5).at(resumed)).toEqual({ id: 5, n: 3 })
    expect(await element('answered', 4).at(resumed)).toBeNull()
    expect(await element('answered', 4).at(later())).toBeNull()
  })

  test('before the table was tracked at all: an error that says since when it is', async () => {
    await db().run(`create table begun (id integer primary key); select backstory.track('begun')`)
    const [begin] = await timesOf('begun', 'tracked')
    await expect(element('begun', 1).at('2001-01-01')).rejects.toMatchObject({
      code: 'before_tracking',
      message: expect.stringContaining(`since ${begin}`),
    })
  })

  test('while it is not tracked, now is an error too; what was recorded stays known', async () => {
    await db().run(`
      create table left_alone (id integer primary key, n integer);
      select backstory.track('left_alone');
      select pg_sleep(0.002);
      insert into left_alone values (1, 1)`)
    const [tracked] = await timesOf('left_alone', 'tracked')
    await db().run(`select backstory.untrack('left_alone'); update left_alone set n = 2`)
    await expect(element('left_alone', 1).at(later())).rejects.toMatchObject({
      code: 'before_tracking',
      message: expect.stringContaining('not tracked now'),
    })
    const [insert] = await entriesOf('left_alone', 1)
    if (insert === undefined) throw new Error('There is an entry.')
    expect(await element('left_alone', 1).at(insert)).toEqual({ id: 1, n: 1 })
    expect(await element('left_alone', 1).at(insert.timestamp)).toEqual({ id: 1, n: 1 })
    expect(await element('left_alone', 1).at(tracked ?? '')).toBeNull()
  })

  test('after an uninstallation and a new one, the old log tells as far as it reaches', async () => {
    await db().run(`
      create table twice_installed (id integer primary key, n integer);
      select backstory.track('twice_installed');
      insert into twice_installed values (1, 1);
      select pg_sleep(0.002);
      update twice_installed set n = 2`)
    await db().run('insert into twice_installed values (2, 1)')
    const before = await entriesOf('twice_installed', 1)
    await backstory().uninstall()
    await db().run('update twice_installed set n = 3')
    await backstory().install()
    await backstory().track('twice_installed')
    await db().run('update twice_installed set n = 4')
    const entries = await entriesOf('twice_installed', 1)
    expect(entries.slice(0, 2)).toEqual(before)
    expect(await Promise.all(entries.map((entry) => element('twice_installed', 1).at(entry)))).toEqual([
      { id: 1, n: 1 },
      { id: 1, n: 2 },
      { id: 1, n: 4 },
    ])
    const [insert, update] = entries
    expect(await element('twice_installed', 1).at(insert?.timestamp ?? '')).toEqual({ id: 1, n: 1 })
    expect(await element('twice_installed', 1).at(update?.timestamp ?? '')).toEqual({ id: 1, n: 2 })
    const [, second] = await entriesOf('twice_installed', 2)
    expect(second?.changes).toEqual({ before: { n: 3 }, after: { n: 4 } })
  })
})

describeOnPostgresAndPglite('the ways to a state', (db) => {
  test('forward from the insert and backward from the row of today are the same, wherever they meet', async () => {
    const backstory = createBackstory(db().database)
    await db().run(`
      create table walked (id integer primary key, n integer, doc jsonb);
      insert into walked values (2, 0, '{"k": {}}');
      select backstory.track('walked');
      insert into walked values (1, 0, '{"k": {}}')`)
    for (let n = 1; n <= 9; n++) {
      const key = n % 3 === 0 ? '{"k": {}}' : `{"k": {"n": ${n}, "m": [${n}]}, "n${n % 2}": 1.${n}0}`
      await db().query('update walked set n = $1::integer, doc = $2::jsonb', [n, key])
    }
    const [one, two] = await Promise.all(
      [1, 2].map(async (id) => {
        const element = backstory.element('walked', id)
        const { entries } = await element.entries({ order: 'oldest', action: 'update' })
        const states = await Promise.all(entries.map((entry) => element.at(entry)))
        return states.map((state) => JSON.stringify({ ...state, id: 0 }))
      }),
    )
    expect(one).toHaveLength(9)
    // the second row has no insert in the log: every state of it is rewound
    expect(two).toEqual(one)
  })

  test('entries of one transaction are steps of their own', async () => {
    const backstory = createBackstory(db().database)
    await db().run(`create table steps (id integer primary key, n integer); select backstory.track('steps')`)
    await db().session((session) =>
      session.run(`
        begin;
        insert into steps values (1, 1);
        update steps set n = 2;
        delete from steps;
        insert into steps values (1, 3);
        commit`),
    )
    const element = backstory.element('steps', 1)
    const { entries } = await element.entries({ order: 'oldest' })
    expect(new Set(entries.map(({ transactionId }) => transactionId)).size).toBe(1)
    expect(await Promise.all(entries.map((entry) => element.at(entry)))).toEqual([
      { id: 1, n: 1 },
      { id: 1, n: 2 },
      null,
      { id: 1, n: 3 },
    ])
  })

  test.each([
    'yesterday',
    '',
    '2026-13-01',
    '2026-01-31T25:00',
    '2026-02-31',
    '2026-01-31T12:60',
    '2026-01-31T12:00+99:00',
    '0000-01-01',
    '12026-01-01',
    new Date(8.64e15),
    '1769860800',
    new Date(Number.NaN),
  ])('a moment of %j is refused', async (moment) => {
    await db().run('create table if not exists asked_wrongly (id integer primary key)')
    const element = createBackstory(db().database).element('asked_wrongly', 1)
    await expect(element.at(moment)).rejects.toMatchObject({ code: 'invalid_argument' })
  })

  test('a moment is a Date, a date, or a time with or without an offset: without, it is UTC', async () => {
    const backstory = createBackstory(db().database)
    await db().run(`create table clocked (id integer primary key); select backstory.track('clocked')`)
    const element = backstory.element('clocked', 1)
    for (const moment of [
      '2126-01-31',
      '2126-01-31T12:00',
      '2126-01-31 12:00:00.123456',
      '2126-01-31T12:00:00+05:30',
      new Date('2126-01-31'),
    ]) {
      expect(await element.at(moment)).toBeNull()
    }
  })
})
