import { expect, test } from 'vitest'

import { describeOnEveryDatabase } from '../support/database.ts'
import { readLog } from '../support/log.ts'

describeOnEveryDatabase("the table's own triggers and rules", (db) => {
  test('what a BEFORE trigger makes of a row is what is recorded', async () => {
    await db().run(`
      create table stamped (id integer primary key, name text, stamp integer default 0);
      create function set_stamp() returns trigger language plpgsql as
        'begin new.stamp := new.stamp + 1; new.name := upper(new.name); return new; end';
      create trigger set_stamp before insert or update on stamped for each row execute function set_stamp();
      select backstory.track('stamped');
      insert into stamped values (1, 'a');
      update stamped set name = 'b'`)
    expect((await readLog(db(), 'stamped')).map(({ changes }) => changes)).toEqual([
      { after: { id: 1, name: 'A', stamp: 1 } },
      { before: { name: 'A', stamp: 1 }, after: { name: 'B', stamp: 2 } },
    ])
  })

  test('a write that a BEFORE trigger suppresses is not recorded, one that it undoes neither', async () => {
    await db().run(`
      create table guarded (id integer primary key, n integer);
      create function suppress() returns trigger language plpgsql as
        'begin if new.n = 0 then return null; end if; if new.n < 0 then return old; end if; return new; end';
      create trigger suppress before insert or update on guarded for each row execute function suppress();
      select backstory.track('guarded');
      insert into guarded values (1, 1), (2, 0);
      update guarded set n = 0;
      update guarded set n = -1`)
    expect(await readLog(db(), 'guarded')).toEqual([
      { action: 'insert', elementId: '1', changes: { after: { id: 1, n: 1 } } },
    ])
  })

  test('what an AFTER trigger writes is recorded after its cause, whatever the trigger is called', async () => {
    await db().run(`
      create table causes (id integer primary key, n integer);
      create table effects (id integer generated always as identity primary key, cause_id integer);
      create function have_effect() returns trigger language plpgsql as
        'begin insert into effects (cause_id) values (new.id); update causes set n = 5 where id = new.id and n < 5; return null; end';
      create trigger "  first" after insert on causes for each row execute function have_effect();
      create trigger "AAA" after insert on causes for each row execute function have_effect();
      drop trigger "  first" on causes;
      select backstory.track('causes'), backstory.track('effects');
      insert into causes values (1, 1)`)
    const rows = await db().query(
      `select element_type, action::text, changes -> 'after' as after from audit_logs
       where element_type in ('causes', 'effects') order by id`,
    )
    expect(rows).toEqual([
      { element_type: 'causes', action: 'insert', after: { id: 1, n: 1 } },
      { element_type: 'effects', action: 'insert', after: { id: 1, cause_id: 1 } },
      { element_type: 'causes', action: 'update', after: { n: 5 } },
    ])
  })

  test('writes that a rule or a procedure makes of others are recorded', async () => {
    await db().run(`
      create table accounts (id integer primary key, n integer);
      create table postings (id integer primary key, n integer);
      create rule post as on update to accounts do also insert into postings values (new.id, new.n);
      create procedure close_account(account integer) language plpgsql as
        'begin delete from accounts where id = account; end';
      select backstory.track('accounts'), backstory.track('postings');
      insert into accounts values (1, 1);
      update accounts set n = 2;
      call close_account(1)`)
    expect((await readLog(db(), 'postings')).map(({ changes }) => changes)).toEqual([
      { after: { id: 1, n: 2 } },
    ])
    expect((await readLog(db(), 'accounts')).map(({ action }) => action)).toEqual([
      'insert',
      'update',
      'delete',
    ])
  })
})
