import { expect, test } from 'vitest'

import { describeOnEveryDatabase } from '../support/database.ts'
import { readLog } from '../support/log.ts'
import { readServerVersion } from '../support/server-version.ts'

describeOnEveryDatabase('MERGE', (db) => {
  test('each of its actions is recorded as what it does', async ({ skip }) => {
    if ((await readServerVersion(db())) < 15) skip('MERGE came with PostgreSQL 15')
    await db().run(`
      create table stock (id integer primary key, n integer);
      select backstory.track('stock');
      insert into stock values (1, 1), (2, 2), (3, 3);
      merge into stock s
      using (values (1, 10), (2, 0), (3, 3), (4, 4)) as delivery (id, n) on delivery.id = s.id
      when matched and delivery.n = 0 then delete
      when matched and delivery.n = s.n then do nothing
      when matched then update set n = delivery.n
      when not matched then insert values (delivery.id, delivery.n)`)
    const entries = (await readLog(db(), 'stock')).slice(3)
    expect(entries.toSorted((one, other) => Number(one.elementId) - Number(other.elementId))).toEqual([
      { action: 'update', elementId: '1', changes: { before: { n: 1 }, after: { n: 10 } } },
      { action: 'delete', elementId: '2', changes: { before: { id: 2, n: 2 } } },
      { action: 'insert', elementId: '4', changes: { after: { id: 4, n: 4 } } },
    ])
  })
})
