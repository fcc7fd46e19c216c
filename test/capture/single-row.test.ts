import { expect, test } from 'vitest'

import { describeOnEveryDatabase } from '../support/database.ts'
import { readEntries, readLog } from '../support/log.ts'

describeOnEveryDatabase('single-row writes', (db) => {
  test('an insert is recorded with the whole row, an update with what changed, a deletion with the whole row', async () => {
    await db().run(`
      create table heroes (id integer primary key, name text, rank text, age integer);
      select backstory.track('heroes');
      insert into heroes values (1, 'Ged', null, 15);
      update heroes set name = 'Sparrowhawk', age = 16 where id = 1;
      delete from heroes where id = 1`)
    expect(await readLog(db(), 'heroes')).toEqual([
      { action: 'insert', elementId: '1', changes: { after: { id: 1, name: 'Ged', rank: null, age: 15 } } },
      {
        action: 'update',
        elementId: '1',
        changes: { before: { name: 'Ged', age: 15 }, after: { name: 'Sparrowhawk', age: 16 } },
      },
      {
        action: 'delete',
        elementId: '1',
        changes: { before: { id: 1, name: 'Sparrowhawk', rank: null, age: 16 } },
      },
    ])
  })

  test('null is a value: to it and from it are changes', async () => {
    await db().run(`
      create table nulls (id integer primary key, a text, b text);
      select backstory.track('nulls');
      insert into nulls values (1, null, 'x');
      update nulls set a = 'x', b = null`)
    expect((await readLog(db(), 'nulls')).at(-1)?.changes).toEqual({
      before: { a: null, b: 'x' },
      after: { a: 'x', b: null },
    })
  })

  test('an update that changes nothing is not recorded', async () => {
    await db().run(`
      create table still (id integer primary key, name text, doc jsonb, nothing text);
      select backstory.track('still');
      insert into still values (1, 'Ged', '{"a": {"b": [1, 2]}}', null);
      update still set name = 'Ged', doc = '{"a": {"b": [1, 2]}}', nothing = null, id = 1;
      update still set name = name`)
    expect(await readLog(db(), 'still')).toHaveLength(1)
  })

  test('a write that touches no row is not recorded', async () => {
    await db().run(`
      create table untouched (id integer primary key, name text);
      select backstory.track('untouched');
      update untouched set name = 'x';
      delete from untouched`)
    expect(await readLog(db(), 'untouched')).toEqual([])
  })

  test('a statement with bound values is recorded as one with literals', async () => {
    await db().run(`create table bound (id integer primary key, name text); select backstory.track('bound')`)
    await db().query('insert into bound values ($1::integer, $2)', [1, 'Ged'])
    await db().query('update bound set name = $1 where id = $2::integer', ['Sparrowhawk', 1])
    expect((await readLog(db(), 'bound')).map((entry) => entry.changes)).toEqual([
      { after: { id: 1, name: 'Ged' } },
      { before: { name: 'Ged' }, after: { name: 'Sparrowhawk' } },
    ])
  })

  test('a write through a view and one by a common table expression are recorded for the table', async () => {
    await db().run(`
      create table stars (id integer primary key, name text);
      create view bright_stars as select id, name from stars;
      select backstory.track('stars');
      insert into bright_stars values (1, 'Sirius');
      with changed as (update stars set name = 'Sothis' returning id) select count(*) from changed`)
    expect((await readLog(db(), 'stars')).map((entry) => entry.action)).toEqual(['insert', 'update'])
  })

  test('an entry names the transaction, the moment of capture, and nobody where nobody was named', async () => {
    await db().run(`
      create table moments (id integer primary key);
      select backstory.track('moments');
      insert into moments values (1)`)
    const [entry] = await readEntries(db(), 'moments')
    const [row] = await db().query(`select xmin::text as xmin from moments where id = 1`)
    // xmin has 32 bits, the entry's transaction all 64
    expect(String(BigInt(entry?.transactionId ?? '0') % 4294967296n)).toBe(row?.['xmin'])
    expect(entry).toMatchObject({ userId: null, context: null, scope: null })
    const [times] = await db().query(
      `select ("timestamp" <= clock_timestamp() and "timestamp" > now() - interval '1 hour')::text as is_now
       from audit_logs where element_type = 'moments'`,
    )
    expect(times?.['is_now']).toBe('true')
  })

  test('the timestamp is the clock, not the start of the transaction', async () => {
    await db().run(`create table clocks (id integer primary key); select backstory.track('clocks')`)
    await db().session(async (session) => {
      await session.run(
        `begin; select pg_sleep(0.01); insert into clocks values (1); select pg_sleep(0.01); insert into clocks values (2)`,
      )
      const [row] = await session.query(`
        select (min("timestamp") > now() and count(distinct "timestamp") = 2)::text as by_the_clock
        from audit_logs where element_type = 'clocks'`)
      expect(row?.['by_the_clock']).toBe('true')
    })
  })
})
