import { expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { describeOnEveryDatabase, type TestDatabase } from '../support/database.ts'
import { readLog } from '../support/log.ts'

/** Brings capture up to date after a change of definition, where event triggers do not do it by themselves. */
async function follow(db: TestDatabase): Promise<void> {
  if (db.capture === 'generic') await db.run('select backstory.follow()')
}

describeOnEveryDatabase('partitioned tables', (db) => {
  test('writes to any partition are recorded as writes to the partitioned table', async () => {
    await db().run(`
      create table events (id integer, year integer, name text, primary key (id, year)) partition by list (year);
      create table events_2025 partition of events for values in (2025);
      create table events_2026 partition of events for values in (2026) partition by range (id);
      create table events_2026_low partition of events_2026 for values from (0) to (100);
      select backstory.track('events');
      insert into events values (1, 2025, 'a'), (2, 2026, 'b');
      update events set name = 'c' where id = 2;
      insert into events_2025 values (3, 2025, 'd');
      delete from events_2025 where id = 1`)
    expect(await readLog(db(), 'events')).toEqual([
      { action: 'insert', elementId: '[1,2025]', changes: { after: { id: 1, year: 2025, name: 'a' } } },
      { action: 'insert', elementId: '[2,2026]', changes: { after: { id: 2, year: 2026, name: 'b' } } },
      { action: 'update', elementId: '[2,2026]', changes: { before: { name: 'b' }, after: { name: 'c' } } },
      { action: 'insert', elementId: '[3,2025]', changes: { after: { id: 3, year: 2025, name: 'd' } } },
      { action: 'delete', elementId: '[1,2025]', changes: { before: { id: 1, year: 2025, name: 'a' } } },
    ])
  })

  test('an update that moves a row to another partition is a deletion and an insert', async () => {
    await db().run(`
      create table moves (id integer, region text, n integer, primary key (id, region)) partition by list (region);
      create table moves_north partition of moves for values in ('north');
      create table moves_south partition of moves for values in ('south');
      select backstory.track('moves');
      insert into moves values (1, 'north', 5);
      update moves set region = 'south', n = 6`)
    expect((await readLog(db(), 'moves')).slice(1)).toEqual([
      { action: 'delete', elementId: '[1,"north"]', changes: { before: { id: 1, region: 'north', n: 5 } } },
      { action: 'insert', elementId: '[1,"south"]', changes: { after: { id: 1, region: 'south', n: 6 } } },
    ])
  })

  test('so is one under a key that does not change, and the state after it is the row', async () => {
    await db().run(`
      create table journeys (id integer not null, region text, n integer) partition by list (region);
      create table journeys_north partition of journeys for values in ('north');
      create table journeys_south partition of journeys for values in ('south');
      select backstory.track('journeys', '{"key": ["id"]}');
      insert into journeys values (1, 'north', 5);
      update journeys set region = 'south'`)
    expect(
      (await readLog(db(), 'journeys')).map(({ action, elementId }) => `${action} ${elementId}`),
    ).toEqual(['insert 1', 'delete 1', 'insert 1'])
    const element = createBackstory(db().database).element('journeys', 1)
    expect(await element.at(new Date(Date.now() + 3_600_000))).toEqual({ id: 1, region: 'south', n: 5 })
  })

  test('a partition whose columns stand in another order, with one that was dropped, gives the same entries', async () => {
    await db().run(`
      create table orders (id integer primary key, a text, b text) partition by range (id);
      create table orders_odd (gone text, b text, id integer not null, a text);
      alter table orders_odd drop column gone;
      alter table orders attach partition orders_odd for values from (0) to (10);
      create table orders_even partition of orders for values from (10) to (20);
      select backstory.track('orders');
      insert into orders values (1, 'a', 'b'), (11, 'a', 'b');
      update orders set b = 'c'`)
    const changes = (await readLog(db(), 'orders')).map((entry) => entry.changes)
    expect(changes).toEqual([
      { after: { id: 1, a: 'a', b: 'b' } },
      { after: { id: 11, a: 'a', b: 'b' } },
      { before: { b: 'b' }, after: { b: 'c' } },
      { before: { b: 'b' }, after: { b: 'c' } },
    ])
  })

  test('a partition that is created or attached later is covered, TRUNCATE included', async () => {
    await db().run(`
      create table growing (id integer primary key, n integer) partition by range (id);
      select backstory.track('growing');
      create table growing_1 partition of growing for values from (0) to (10);
      create table growing_2 (like growing);
      alter table growing attach partition growing_2 for values from (10) to (20)`)
    await follow(db())
    await db().run(`
      insert into growing values (1, 1), (11, 1);
      update growing_2 set n = 2;
      truncate growing_1;
      truncate growing_2`)
    expect((await readLog(db(), 'growing')).map(({ action, elementId }) => `${action} ${elementId}`)).toEqual(
      ['insert 1', 'insert 11', 'update 11', 'delete 1', 'delete 11'],
    )
  })

  test('a new partition that nobody followed yet is covered when the whole table is truncated', async () => {
    await db().run(`
      create table unfollowed (id integer primary key) partition by range (id);
      create table unfollowed_1 partition of unfollowed for values from (0) to (10);
      select backstory.track('unfollowed');
      create table unfollowed_2 partition of unfollowed for values from (10) to (30) partition by range (id);
      create table unfollowed_21 partition of unfollowed_2 for values from (10) to (20);
      insert into unfollowed values (1), (11);
      truncate unfollowed`)
    const deleted = (await readLog(db(), 'unfollowed')).filter(({ action }) => action === 'delete')
    expect(deleted.map(({ elementId }) => elementId).toSorted()).toEqual(['1', '11'])
  })

  test('not captured: rows that leave with a detached or dropped partition, or come with an attached one', async () => {
    await db().run(`
      create table loose (id integer primary key) partition by range (id);
      create table loose_1 partition of loose for values from (0) to (10);
      create table loose_2 partition of loose for values from (10) to (20);
      create table loose_3 (id integer not null);
      insert into loose_3 values (21);
      select backstory.track('loose');
      insert into loose values (1), (11);
      alter table loose detach partition loose_1;
      drop table loose_2;
      alter table loose attach partition loose_3 for values from (20) to (30)`)
    expect((await readLog(db(), 'loose')).map(({ action }) => action)).toEqual(['insert', 'insert'])
  })

  test('a partition that was detached is no longer recorded, and can be tracked for itself', async () => {
    await db().run(`
      create table whole (id integer primary key) partition by range (id);
      create table piece partition of whole for values from (0) to (10);
      select backstory.track('whole');
      insert into whole values (1), (2);
      alter table whole detach partition piece`)
    await follow(db())
    await db().run(`
      delete from piece where id = 1;
      truncate piece;
      select backstory.track('piece');
      insert into piece values (3);
      truncate piece`)
    expect(await readLog(db(), 'whole')).toHaveLength(2)
    expect((await readLog(db(), 'piece')).map(({ action, elementId }) => `${action} ${elementId}`)).toEqual([
      'insert 3',
      'delete 3',
    ])
  })

  test('a tracked table that becomes a partition of an untracked one stays tracked under its own name', async () => {
    await db().run(`
      create table archive (other text, id integer, n integer) partition by range (id);
      alter table archive drop column other;
      create table chapter (id integer primary key, n integer);
      select backstory.track('chapter');
      alter table archive attach partition chapter for values from (0) to (10);
      insert into archive values (1, 1);
      update archive set n = 2;
      truncate archive`)
    expect((await readLog(db(), 'chapter')).map(({ action, elementId }) => `${action} ${elementId}`)).toEqual(
      ['insert 1', 'update 1', 'delete 1'],
    )
  })

  test('a single partition cannot be tracked: the error names the table to track', async () => {
    await db().run(`
      create table tome (id integer primary key) partition by range (id);
      create table tome_1 partition of tome for values from (0) to (10)`)
    await expect(createBackstory(db().database).track('tome_1')).rejects.toMatchObject({
      code: 'unsupported_table',
      message: expect.stringContaining('Track the partitioned table public.tome'),
    })
  })
})
