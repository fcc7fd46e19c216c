import { describe, expect, test } from 'vitest'

import { createBackstory, type Entry } from '../../src/index.ts'
import { describeOnPostgresAndPglite, openPostgres } from '../support/database.ts'
import { readLog } from '../support/log.ts'

describeOnPostgresAndPglite('snapshots', (db) => {
  const backstory = () => createBackstory(db().database)

  async function actionsOf(table: string, id = '1'): Promise<string> {
    const log = await readLog(db(), table)
    return log
      .filter(({ elementId }) => elementId === id)
      .map(({ action }) => action[0])
      .join('')
  }

  async function entriesOf(table: string, id = 1): Promise<readonly Entry[]> {
    const { entries } = await backstory().element(table, id).entries({ order: 'oldest', limit: 1000 })
    return entries
  }

  test('hold the whole row, after every so many entries of an element without it', async () => {
    await db().run('create table taken (id integer primary key, world_id integer, n integer, doc jsonb)')
    await backstory().track('taken', { snapshotEvery: 3, scope: 'world_id' })
    expect((await backstory().tracked()).find(({ elementType }) => elementType === 'taken')?.options).toEqual(
      {
        snapshotEvery: 3,
        scope: 'world_id',
      },
    )
    await db().run(`insert into taken values (1, 7, 0, '{"a": {"b": 1}}'), (2, 7, 0, null)`)
    for (let n = 1; n <= 8; n++) await db().run(`update taken set n = ${n} where id = 1`)
    await db().run('update taken set n = n where id = 1; update taken set n = 1 where id = 2')
    expect(await actionsOf('taken')).toBe('iuuusuuusuu')
    expect(await actionsOf('taken', '2')).toBe('iu')
    const snapshot = (await entriesOf('taken')).find(({ action }) => action === 'snapshot')
    expect(snapshot).toMatchObject({
      scope: '7',
      userId: null,
      context: null,
      changes: { after: { id: 1, world_id: 7, n: 3, doc: { a: { b: 1 } } } },
    })
    expect(snapshot?.changes?.before).toBeUndefined()
  })

  test('are on the way to a state, forward and backward, and change none', async () => {
    await db().run(`
      create table passed (id integer primary key, n integer, doc jsonb);
      insert into passed values (1, 0, '{"k": {"n": 0}}'), (2, 0, null)`)
    await backstory().track('passed', { snapshotEvery: 4 })
    for (let n = 1; n <= 30; n++) {
      await db().query('update passed set n = $1, doc = $2 where id = 1', [n, { k: { n }, [`n${n % 3}`]: n }])
    }
    const entries = await entriesOf('passed')
    expect(entries.filter(({ action }) => action === 'snapshot')).toHaveLength(7)
    for (const entry of entries.filter(({ action }) => action === 'update')) {
      const n = Number(entry.changes?.after?.['n'])
      const state = { id: 1, n, doc: { k: { n }, [`n${n % 3}`]: n } }
      expect(await backstory().element('passed', 1).at(entry)).toEqual(state)
      const type = await backstory().type('passed').at(entry)
      expect(type.find(({ elementId }) => elementId === '1')?.state).toEqual(state)
      expect(type).toHaveLength(2)
    }
    const blamed = await backstory().element('passed', 1).blame()
    expect(blamed.map(({ path, entry }) => [path, entry?.action ?? null])).toEqual([
      ['/doc/k/n', 'update'],
      ['/doc/n0', 'update'],
      ['/id', null],
      ['/n', 'update'],
    ])
  })

  test('keep the states of a long history within as many steps, whatever it is rebuilt from', async () => {
    await db().run('create table long (id integer primary key, n integer)')
    await backstory().track('long', { snapshotEvery: 10 })
    await db().run('insert into long values (1, 0)')
    for (let n = 1; n <= 95; n++) await db().run(`update long set n = ${n}`)
    const entries = await entriesOf('long')
    let sinceImage = 0
    for (const { action } of entries) {
      sinceImage = action === 'update' ? sinceImage + 1 : 0
      expect(sinceImage).toBeLessThanOrEqual(10)
    }
  })

  test('hold neither ignored nor redacted columns, and say which were redacted', async () => {
    await db().run('create table hushed (id integer primary key, n integer, secret text, touched integer)')
    await backstory().track('hushed', { snapshotEvery: 2, redact: ['secret'], ignore: ['touched'] })
    await db().run(`insert into hushed values (1, 0, 'hush', 1)`)
    for (let n = 1; n <= 2; n++)
      await db().run(`update hushed set n = ${n}, secret = 'hush ${n}', touched = ${n}`)
    const snapshot = (await entriesOf('hushed')).at(-1)
    expect(snapshot).toMatchObject({
      action: 'snapshot',
      changes: { after: { id: 1, n: 2 }, redacted: ['secret'] },
    })
    expect(JSON.stringify(await entriesOf('hushed'))).not.toMatch(/hush \d|touched/)
  })

  test('are read in the columns of today', async () => {
    await db().run('create table moved (id integer primary key, n integer, gone integer default 1)')
    await backstory().track('moved', { snapshotEvery: 2 })
    await db().run('insert into moved values (1, 0)')
    for (let n = 1; n <= 3; n++) await db().run(`update moved set n = ${n}`)
    await db().run('alter table moved rename column n to amount; alter table moved drop column gone')
    await db().run(
      'alter table moved add column extra integer default 9; alter table moved rename to shifted',
    )
    await db().run('select backstory.follow()')
    for (let n = 4; n <= 9; n++) await db().run(`update shifted set amount = ${n}`)
    for (const entry of await entriesOf('shifted')) {
      if (entry.action === 'snapshot') continue
      const n = Number(entry.changes?.after?.['amount'] ?? entry.changes?.after?.['n'])
      expect(await backstory().element('shifted', 1).at(entry)).toEqual(
        n >= 4 ? { id: 1, amount: n, extra: 9 } : { id: 1, amount: n },
      )
    }
    expect((await actionsOf('shifted')).match(/s/g)?.length).toBeGreaterThan(1)
  })

  test('are not found by what they hold, are not undone, and stand in nobody’s way', async () => {
    await db().run('create table asked (id integer primary key, n integer, name text)')
    await backstory().track('asked', { snapshotEvery: 2 })
    await db().run(`insert into asked values (1, 0, 'Ged')`)
    await db().run('begin; update asked set n = 1; update asked set n = 2; commit')
    expect(await actionsOf('asked')).toBe('iuus')
    const found = async (filter: object) =>
      (await backstory().entries({ elementType: 'asked', ...filter })).entries.map(({ action }) => action)
    expect(await found({ changed: 'name' })).toEqual(['insert'])
    expect(await found({ newValue: { n: 2 } })).toEqual(['update'])
    expect(await found({ text: 'Ged' })).toEqual(['insert'])
    expect(await found({ action: 'snapshot' })).toEqual(['snapshot'])
    const transactionId = (await entriesOf('asked'))[1]?.transactionId ?? ''
    const { changes } = await backstory().undo({ transactionId })
    expect(changes).toMatchObject([{ action: 'update', changes: { before: { n: 2 }, after: { n: 0 } } }])
    expect(await db().query('select n from asked')).toEqual([{ n: 0 }])
  })

  test('begin and end with the option, whose number is a whole one', async () => {
    await db().run(
      'create table switched (id integer primary key, n integer); insert into switched values (1, 0)',
    )
    await backstory().track('switched')
    for (let n = 1; n <= 4; n++) await db().run(`update switched set n = ${n}`)
    await backstory().track('switched', { snapshotEvery: 3 })
    await db().run('update switched set n = 5')
    expect(await actionsOf('switched')).toBe('uuuuus')
    await backstory().track('switched')
    for (let n = 6; n <= 10; n++) await db().run(`update switched set n = ${n}`)
    expect(await actionsOf('switched')).toBe('uuuuusuuuuu')
    for (const snapshotEvery of [0, 1, 2.5, -3, 10_001, 1e100]) {
      await expect(backstory().track('switched', { snapshotEvery })).rejects.toMatchObject({
        code: 'invalid_option',
        message: expect.stringContaining('whole number from 2 to 10,000'),
      })
    }
    await expect(db().run(`select backstory.track('switched', '{"snapshotEvery": "3"}')`)).rejects.toThrow(
      'whole number',
    )
  })
})

describe('snapshots of an element that many write to at once', () => {
  test('are what the row was at their place in the log', async () => {
    const db = await openPostgres()
    const backstory = createBackstory(db.database)
    await db.run('create table contended (id integer primary key, n integer, doc jsonb)')
    await backstory.track('contended', { snapshotEvery: 5 })
    await db.run(`insert into contended select i, 0, '{}' from generate_series(1, 3) i`)
    await Promise.all(
      Array.from({ length: 8 }, (_, writer) =>
        db.session(async (session) => {
          for (let n = 0; n < 30; n++) {
            await session.query(
              `update contended set n = n + 1, doc = jsonb_set(doc, array[$1], to_jsonb(n)) where id = $2`,
              [`w${writer}`, 1 + ((writer + n) % 3)],
            )
          }
        }),
      ),
    )
    const log = await readLog(db, 'contended')
    for (const id of ['1', '2', '3']) {
      let n = 0
      let since = 0
      for (const { action, changes } of log.filter(({ elementId }) => elementId === id)) {
        const left = readNumber(changes)
        if (action === 'snapshot') expect(left).toBe(n)
        since = action === 'update' ? since + 1 : 0
        expect(since).toBeLessThanOrEqual(5)
        n = left
      }
      expect(n).toBe(80)
    }
    await db.close()
  })
})

/** The column n after changes. */
function readNumber(changes: unknown): number {
  return Number(/"after": ?{.*?"n": ?(\d+)/.exec(JSON.stringify(changes))?.[1])
}
