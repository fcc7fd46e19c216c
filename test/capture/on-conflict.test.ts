import { expect, test } from 'vitest'

import { describeOnEveryDatabase } from '../support/database.ts'
import { readLog } from '../support/log.ts'

describeOnEveryDatabase('INSERT … ON CONFLICT', (db) => {
  test('do update is an insert where the row is new and an update where it is there', async () => {
    await db().run(`
      create table upserted (id integer primary key, n integer);
      select backstory.track('upserted');
      insert into upserted values (1, 1);
      insert into upserted values (1, 2), (2, 2) on conflict (id) do update set n = excluded.n`)
    expect((await readLog(db(), 'upserted')).slice(1)).toEqual([
      { action: 'update', elementId: '1', changes: { before: { n: 1 }, after: { n: 2 } } },
      { action: 'insert', elementId: '2', changes: { after: { id: 2, n: 2 } } },
    ])
  })

  test('do update that changes nothing, do update whose where refuses, and do nothing are not recorded', async () => {
    await db().run(`
      create table kept (id integer primary key, n integer);
      select backstory.track('kept');
      insert into kept values (1, 1);
      insert into kept values (1, 1) on conflict (id) do update set n = excluded.n;
      insert into kept values (1, 2) on conflict (id) do update set n = excluded.n where false;
      insert into kept values (1, 2) on conflict do nothing`)
    expect(await readLog(db(), 'kept')).toHaveLength(1)
  })
})
