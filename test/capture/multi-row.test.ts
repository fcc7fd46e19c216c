import { expect, test } from 'vitest'

import { describeOnEveryDatabase } from '../support/database.ts'
import { readEntries, readLog } from '../support/log.ts'

describeOnEveryDatabase('statements over many rows', (db) => {
  test('every row has its entry, in one transaction', async () => {
    await db().run(`
      create table many (id integer primary key, n integer);
      select backstory.track('many');
      insert into many select i, i from generate_series(1, 3) as i;
      update many set n = n + 10 where id > 1;
      delete from many`)
    const entries = await readEntries(db(), 'many')
    expect(entries.map(({ action, elementId }) => `${action} ${elementId}`)).toEqual([
      'insert 1',
      'insert 2',
      'insert 3',
      'update 2',
      'update 3',
      'delete 1',
      'delete 2',
      'delete 3',
    ])
    expect(new Set(entries.map(({ transactionId }) => transactionId)).size).toBe(1)
  })

  test('only the rows that an update changes are recorded', async () => {
    await db().run(`
      create table partly (id integer primary key, flag boolean);
      select backstory.track('partly');
      insert into partly select i, i % 2 = 0 from generate_series(1, 6) as i;
      update partly set flag = true`)
    const updates = (await readLog(db(), 'partly')).filter(({ action }) => action === 'update')
    expect(updates.map(({ elementId }) => elementId)).toEqual(['1', '3', '5'])
  })

  test('an insert of 10,000 rows writes 10,000 entries of the size of one', async () => {
    await db().run(`
      create table bulk (id integer primary key, name text);
      select backstory.track('bulk');
      insert into bulk select i, 'name ' || i from generate_series(1, 10000) as i`)
    const [sizes] = await db().query(`
      select count(*)::integer as entries, max(length(changes::text))::integer as longest
      from audit_logs where element_type = 'bulk'`)
    expect(sizes?.['entries']).toBe(10_000)
    expect(Number(sizes?.['longest'])).toBeLessThan(60)
  })

  test('an update from another table and a deletion with using are recorded by their own tables', async () => {
    await db().run(`
      create table priced (id integer primary key, price integer);
      create table rates (id integer primary key, price integer);
      select backstory.track('priced');
      insert into priced values (1, 10), (2, 20);
      insert into rates values (1, 11), (2, 20);
      update priced p set price = r.price from rates r where r.id = p.id;
      delete from priced p using rates r where r.id = p.id and r.id = 2`)
    expect((await readLog(db(), 'priced')).slice(2)).toEqual([
      { action: 'update', elementId: '1', changes: { before: { price: 10 }, after: { price: 11 } } },
      { action: 'delete', elementId: '2', changes: { before: { id: 2, price: 20 } } },
    ])
    expect(await readLog(db(), 'rates')).toEqual([])
  })
})
