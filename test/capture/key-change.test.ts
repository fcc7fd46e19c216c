import { expect, test } from 'vitest'

import { describeOnEveryDatabase } from '../support/database.ts'
import { readLog } from '../support/log.ts'

describeOnEveryDatabase('changes of the primary key', (db) => {
  test('are the deletion of the old element and the insert of the new one, each with the whole row', async () => {
    await db().run(`
      create table rekeyed (id integer primary key, name text, n integer);
      select backstory.track('rekeyed');
      insert into rekeyed values (1, 'Ged', 5);
      update rekeyed set id = 2, n = 6`)
    expect((await readLog(db(), 'rekeyed')).slice(1)).toEqual([
      { action: 'delete', elementId: '1', changes: { before: { id: 1, name: 'Ged', n: 5 } } },
      { action: 'insert', elementId: '2', changes: { after: { id: 2, name: 'Ged', n: 6 } } },
    ])
  })

  test('of 1,000 rows at once: every old row goes whole, every new row comes whole', async () => {
    await db().run(`
      create table shifted (id integer, name text, primary key (id) deferrable);
      select backstory.track('shifted');
      insert into shifted select i, 'row ' || i from generate_series(1, 1000) as i;
      update shifted set id = id + 1`)
    const entries = (await readLog(db(), 'shifted')).slice(1000)
    expect(entries).toHaveLength(2000)
    for (let old = 1; old <= 1000; old++) {
      expect(entries.slice(2 * old - 2, 2 * old)).toEqual([
        { action: 'delete', elementId: String(old), changes: { before: { id: old, name: `row ${old}` } } },
        {
          action: 'insert',
          elementId: String(old + 1),
          changes: { after: { id: old + 1, name: `row ${old}` } },
        },
      ])
    }
  })

  test('two rows that swap their keys are two deletions and two inserts', async () => {
    await db().run(`
      create table swapped (id integer, name text, primary key (id) deferrable);
      select backstory.track('swapped');
      insert into swapped values (1, 'Ged'), (2, 'Vetch');
      update swapped set id = 3 - id`)
    expect((await readLog(db(), 'swapped')).slice(2)).toEqual([
      { action: 'delete', elementId: '1', changes: { before: { id: 1, name: 'Ged' } } },
      { action: 'insert', elementId: '2', changes: { after: { id: 2, name: 'Ged' } } },
      { action: 'delete', elementId: '2', changes: { before: { id: 2, name: 'Vetch' } } },
      { action: 'insert', elementId: '1', changes: { after: { id: 1, name: 'Vetch' } } },
    ])
  })

  test('of one column of a composite key are a deletion and an insert too', async () => {
    await db().run(`
      create table seats (row text, number integer, guest text, primary key (row, number));
      select backstory.track('seats');
      insert into seats values ('a', 1, 'Ged');
      update seats set number = 2`)
    expect((await readLog(db(), 'seats')).slice(1)).toEqual([
      { action: 'delete', elementId: '["a",1]', changes: { before: { row: 'a', number: 1, guest: 'Ged' } } },
      { action: 'insert', elementId: '["a",2]', changes: { after: { row: 'a', number: 2, guest: 'Ged' } } },
    ])
  })

  test('to the same value are none', async () => {
    await db().run(`
      create table rewritten (id integer primary key, n integer);
      select backstory.track('rewritten');
      insert into rewritten values (1, 1);
      update rewritten set id = id, n = 2`)
    expect((await readLog(db(), 'rewritten')).at(-1)).toEqual({
      action: 'update',
      elementId: '1',
      changes: { before: { n: 1 }, after: { n: 2 } },
    })
  })

  test('of a numeric key in scale alone are changes: the id is its text', async () => {
    await db().run(`
      create table scaled (id numeric primary key, n integer);
      select backstory.track('scaled');
      insert into scaled values (1.0, 1);
      update scaled set id = 1.00`)
    expect((await readLog(db(), 'scaled')).map(({ action, elementId }) => `${action} ${elementId}`)).toEqual([
      'insert 1.0',
      'delete 1.0',
      'insert 1.00',
    ])
  })
})
