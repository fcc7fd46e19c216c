import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { describeOnEveryDatabase, openPostgres } from '../support/database.ts'
import { readEntries, readLog } from '../support/log.ts'

describeOnEveryDatabase('transactions', (db) => {
  test('insert, update, update, delete of one row in one transaction: four entries, in order', async () => {
    await db().run(`create table brief (id integer primary key, n integer); select backstory.track('brief')`)
    await db().session((session) =>
      session.run(`
        begin;
        insert into brief values (1, 1);
        update brief set n = 2;
        update brief set n = 3;
        delete from brief;
        commit`),
    )
    const entries = await readEntries(db(), 'brief')
    expect(entries.map(({ action, changes }) => ({ action, changes }))).toEqual([
      { action: 'insert', changes: { after: { id: 1, n: 1 } } },
      { action: 'update', changes: { before: { n: 1 }, after: { n: 2 } } },
      { action: 'update', changes: { before: { n: 2 }, after: { n: 3 } } },
      { action: 'delete', changes: { before: { id: 1, n: 3 } } },
    ])
    expect(new Set(entries.map(({ transactionId }) => transactionId)).size).toBe(1)
    const ids = entries.map(({ id }) => BigInt(id))
    expect(ids).toEqual(ids.toSorted((one, other) => (one < other ? -1 : 1)))
  })

  test('what is rolled back is not recorded', async () => {
    await db().run(`create table retracted (id integer primary key); select backstory.track('retracted')`)
    await db().session((session) => session.run('begin; insert into retracted values (1); rollback'))
    expect(await readLog(db(), 'retracted')).toEqual([])
  })

  test('what is rolled back to a savepoint is not recorded, what came before and after is', async () => {
    await db().run(
      `create table stages (id integer primary key, n integer); select backstory.track('stages')`,
    )
    await db().session((session) =>
      session.run(`
        begin;
        insert into stages values (1, 1);
        savepoint one;
        update stages set n = 2;
        insert into stages values (2, 1);
        rollback to one;
        update stages set n = 3;
        release one;
        commit`),
    )
    expect(await readLog(db(), 'stages')).toEqual([
      { action: 'insert', elementId: '1', changes: { after: { id: 1, n: 1 } } },
      { action: 'update', elementId: '1', changes: { before: { n: 1 }, after: { n: 3 } } },
    ])
  })

  test('a block that catches an exception leaves no entries of what it undid', async () => {
    await db().run(`
      create table attempts (id integer primary key);
      select backstory.track('attempts');
      do $$
      begin
        insert into attempts values (1);
        begin
          insert into attempts values (2);
          insert into attempts values (1);
        exception when unique_violation then
          insert into attempts values (3);
        end;
      end $$`)
    expect((await readLog(db(), 'attempts')).map(({ elementId }) => elementId)).toEqual(['1', '3'])
  })

  test('a statement that fails leaves nothing of the rows that came before the failure', async () => {
    await db().run(`create table partial (id integer primary key); select backstory.track('partial')`)
    await expect(
      db().run('insert into partial select i % 5 from generate_series(1, 10) as i'),
    ).rejects.toMatchObject({ code: '23505' })
    expect(await readLog(db(), 'partial')).toEqual([])
  })
})

describe.each(['superuser', 'owner'] as const)('concurrent transactions (installed by: %s)', (role) => {
  let db: Awaited<ReturnType<typeof openPostgres>>
  let clients: pg.Client[]
  beforeAll(async () => {
    db = await openPostgres({ role })
    clients = await Promise.all(
      [1, 2].map(async () => {
        const client = new pg.Client({ connectionString: db.url })
        await client.connect()
        return client
      }),
    )
  })
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end()))
    await db.close()
  })

  const pair = (): readonly [pg.Client, pg.Client] => {
    const [one, other] = clients
    if (one === undefined || other === undefined) throw new Error('two connections were opened')
    return [one, other]
  }

  test('the victim of a deadlock leaves no entries, the survivor all of its own', async () => {
    await db.run(`
      create table locked (id integer primary key, n integer);
      select backstory.track('locked');
      insert into locked values (1, 0), (2, 0)`)
    const [one, other] = pair()
    await one.query('begin; update locked set n = 1 where id = 1')
    await other.query('begin; update locked set n = 2 where id = 2')
    const outcomes = await Promise.all(
      [
        [one, 'update locked set n = 1 where id = 2; commit'],
        [other, 'update locked set n = 2 where id = 1; commit'],
      ].map(async ([client, text]) => {
        if (!(client instanceof pg.Client) || typeof text !== 'string') throw new Error('unreachable')
        try {
          await client.query(text)
          return 'committed'
        } catch (error) {
          await client.query('rollback')
          return error instanceof pg.DatabaseError ? error.code : error
        }
      }),
    )
    expect(outcomes.toSorted()).toEqual(['40P01', 'committed'])
    const survivor = outcomes[0] === 'committed' ? 1 : 2
    const updates = (await readLog(db, 'locked')).slice(2)
    expect(updates.map(({ changes }) => changes)).toEqual([
      { before: { n: 0 }, after: { n: survivor } },
      { before: { n: 0 }, after: { n: survivor } },
    ])
    expect(await db.query('select n from locked')).toEqual([{ n: survivor }, { n: survivor }])
  })

  test('a serialization failure leaves no entries, its retry those of what it then did', async () => {
    await db.run(`
      create table retried (id integer primary key, n integer);
      select backstory.track('retried');
      insert into retried values (1, 0)`)
    const [one, other] = pair()
    await one.query('begin isolation level serializable; select n from retried')
    await other.query('begin isolation level serializable; update retried set n = n + 10; commit')
    await expect(one.query('update retried set n = n + 1')).rejects.toMatchObject({ code: '40001' })
    await one.query('rollback')
    await one.query('begin isolation level serializable; update retried set n = n + 1; commit')
    expect((await readLog(db, 'retried')).slice(1).map(({ changes }) => changes)).toEqual([
      { before: { n: 0 }, after: { n: 10 } },
      { before: { n: 10 }, after: { n: 11 } },
    ])
  })

  test('a writer that waited for another records what it found then, not what it saw before', async () => {
    await db.run(`
      create table contended (id integer primary key, n integer);
      select backstory.track('contended');
      insert into contended values (1, 0)`)
    const [one, other] = pair()
    await one.query('begin; update contended set n = n + 10')
    const waiting = other.query('update contended set n = n + 1')
    await untilBlocked(db)
    await one.query('commit')
    await waiting
    expect((await readLog(db, 'contended')).slice(1).map(({ changes }) => changes)).toEqual([
      { before: { n: 0 }, after: { n: 10 } },
      { before: { n: 10 }, after: { n: 11 } },
    ])
  })

  test('a prepared transaction is recorded when it commits, whoever commits it', async ({ skip }) => {
    const [setting] = await db.query(`select current_setting('max_prepared_transactions')::integer as n`)
    if (setting?.['n'] === 0) skip('max_prepared_transactions is 0 on this server')
    await db.run(`create table phased (id integer primary key); select backstory.track('phased')`)
    const [one, other] = pair()
    await one.query(`begin; insert into phased values (1); prepare transaction 'p1_${role}'`)
    expect(await readLog(db, 'phased')).toEqual([])
    await other.query(`commit prepared 'p1_${role}'`)
    expect((await readLog(db, 'phased')).map(({ elementId }) => elementId)).toEqual(['1'])
  })
})

/** Waits until some session of the database waits for a lock. */
async function untilBlocked(db: Awaited<ReturnType<typeof openPostgres>>): Promise<void> {
  for (;;) {
    const rows = await db.query(
      `select 1 from pg_locks l join pg_stat_activity a on a.pid = l.pid
       where not l.granted and a.datname = current_database()`,
    )
    if (rows.length > 0) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
