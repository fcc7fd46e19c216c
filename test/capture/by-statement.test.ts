import { expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { describeOnEveryDatabase, type TestDatabase } from '../support/database.ts'
import { readEntries, readLog } from '../support/log.ts'

/** The events that each of our row and statement triggers of a table is for. */
async function readTriggers(db: TestDatabase, table: string): Promise<readonly string[]> {
  const rows = await db.query(
    `select
       substring(pg_get_triggerdef(tg.oid) from ' AFTER (.*) ON ') || case tg.tgtype & 1 when 1 then ', each row' else '' end as text
     from pg_trigger tg
     where tg.tgrelid = $1::regclass and tg.tgname like '!backstory%' and tg.tgname <> '!backstory_truncate'
     order by tg.tgname`,
    [table],
  )
  return rows.map(({ text }) => String(text))
}

const byStatement = ['UPDATE, each row', 'DELETE', 'INSERT']
const byRow = ['INSERT OR DELETE OR UPDATE, each row']

describeOnEveryDatabase('inserts and deletes captured a statement at a time', (db) => {
  const expectTriggers = async (table: string, expected: readonly string[]) => {
    // without event triggers nothing would tell when to go back to row by row
    expect(await readTriggers(db(), table)).toEqual(db().capture === 'compiled' ? expected : byRow)
  }

  test('are in the order of the rows, each whole, with scope, redaction and columns left out', async () => {
    await db().run(`
      create table crowd (id integer primary key, world text, name text, secret text, note text);
      select backstory.track('crowd', '{"scope": "world", "redact": ["secret"], "ignore": ["note"]}');
      insert into crowd select n, 'w' || n % 2, 'name ' || n, 's', 'n' from generate_series(1, 100) as n;
      delete from crowd`)
    await expectTriggers('crowd', byStatement)
    const entries = await db().query(
      `select action::text, element_id, scope, changes from audit_logs where element_type = 'crowd' order by id`,
    )
    const image = (n: number) => ({ id: n, world: `w${n % 2}`, name: `name ${n}` })
    const numbers = Array.from({ length: 100 }, (_, index) => index + 1)
    expect(entries).toEqual([
      ...numbers.map((n) => ({
        action: 'insert',
        element_id: String(n),
        scope: `w${n % 2}`,
        changes: { after: image(n), redacted: ['secret'] },
      })),
      ...numbers.map((n) => ({
        action: 'delete',
        element_id: String(n),
        scope: `w${n % 2}`,
        changes: { before: image(n), redacted: ['secret'] },
      })),
    ])
  })

  test('give nothing, and refuse nothing, where no row was written', async () => {
    await createBackstory(db().database).install({ context: 'required' })
    await db().run(`
      create table quiet (id integer primary key);
      select backstory.track('quiet')`)
    await db().run('insert into quiet select 1 where false; delete from quiet')
    for (const write of [
      'insert into quiet values (1)',
      'insert into quiet values (1) on conflict do nothing',
    ]) {
      await expect(db().run(write)).rejects.toMatchObject({ code: 'BS106' })
    }
    await createBackstory(db().database).install({ context: 'optional' })
    await db().run('insert into quiet values (1); insert into quiet values (1) on conflict do nothing')
    expect(await readLog(db(), 'quiet')).toHaveLength(1)
  })

  test('go row by row as soon as somebody else has a trigger that could write in between, and back when it is gone', async () => {
    await db().run(`
      create table parents (id integer primary key);
      create table echoes (id integer primary key);
      create function echo() returns trigger language plpgsql as
        'begin insert into public.echoes values (new.id); return null; end';
      select backstory.track('parents'), backstory.track('echoes')`)
    await expectTriggers('parents', byStatement)
    await db().run('create trigger echo after insert on parents for each row execute function echo()')
    await expectTriggers('parents', byRow)
    await db().run('insert into parents values (1), (2)')
    const written = (await readEntries(db())).filter(({ elementType }) =>
      ['parents', 'echoes'].includes(elementType),
    )
    expect(written.map(({ elementType, elementId }) => `${elementType} ${elementId}`)).toEqual([
      'parents 1',
      'echoes 1',
      'parents 2',
      'echoes 2',
    ])
    await db().run('drop trigger echo on parents')
    await expectTriggers('parents', byStatement)
    await db().run('insert into parents values (3)')
    expect(await readLog(db(), 'parents')).toHaveLength(3)
  })

  test('go row by row where foreign keys delete: the table that is referred to, and the one that refers', async () => {
    await db().run(`
      create table hosts (id integer primary key);
      select backstory.track('hosts');
      create table guests (id integer primary key, host_id integer references hosts on delete cascade);
      create table keys (id integer primary key, host_id integer references hosts);
      select backstory.track('guests'), backstory.track('keys')`)
    await expectTriggers('hosts', byRow)
    await expectTriggers('guests', byRow)
    await expectTriggers('keys', byStatement)
    await db().run('drop table guests')
    await expectTriggers('hosts', byStatement)
  })

  test('go row by row in a partition, in a family of inheritance, and where triggers are enabled always', async () => {
    await db().run(`
      create table parts (id integer primary key) partition by range (id);
      create table parts_1 partition of parts for values from (1) to (10);
      create table child_first (id integer primary key);
      create table subscribed_to (id integer primary key);
      select backstory.track('parts'), backstory.track('child_first'), backstory.track('subscribed_to')`)
    await expectTriggers('parts', byRow)
    await expectTriggers('child_first', byStatement)
    await expectTriggers('subscribed_to', byStatement)
    await db().run(`
      create table ancestor (id integer);
      alter table child_first inherit ancestor;
      alter table subscribed_to enable always trigger "!backstory_capture"`)
    await expectTriggers('child_first', byRow)
    await expectTriggers('subscribed_to', byRow)
    expect(
      await db().query(
        `select tgenabled::text from pg_trigger where tgrelid = 'subscribed_to'::regclass and tgname = '!backstory_capture'`,
      ),
    ).toEqual([{ tgenabled: 'A' }])
  })

  test('are put back where one of the triggers is dropped, and shown as disabled where one is', async (context) => {
    if (db().capture === 'generic') context.skip('there is one trigger, and no event trigger to put it back')
    await db().run(`
      create table guarded_rows (id integer primary key);
      select backstory.track('guarded_rows');
      drop trigger "!backstory_capture_insert" on guarded_rows;
      insert into guarded_rows values (1)`)
    expect(await readLog(db(), 'guarded_rows')).toHaveLength(1)
    const status = async () =>
      (await createBackstory(db().database).tracked()).find(
        ({ elementType }) => elementType === 'guarded_rows',
      )?.status
    expect(await status()).toBe('active')
    await db().run('alter table guarded_rows disable trigger "!backstory_capture_delete"')
    expect(await status()).toBe('disabled')
    // switched off as a whole, it stays so when the triggers are made anew
    await db().run(`
      alter table guarded_rows disable trigger user;
      create function nothing() returns trigger language plpgsql as 'begin return null; end';
      create trigger other after insert on guarded_rows for each row execute function nothing();
      insert into guarded_rows values (2)`)
    await expectTriggers('guarded_rows', byRow)
    expect(await readLog(db(), 'guarded_rows')).toHaveLength(1)
  })

  test('end with untrack, which leaves no trigger and no function', async () => {
    await db().run(`
      create table briefly (id integer primary key);
      select backstory.track('briefly');
      select backstory.untrack('briefly');
      insert into briefly values (1)`)
    expect(await readTriggers(db(), 'briefly')).toEqual([])
    expect(
      await db().query(
        `select p.proname from pg_proc p
         join backstory.tracked t on p.proname in (t.function_name, backstory.rows_function(t.id))
         where t.element_type = 'briefly'`,
      ),
    ).toEqual([])
  })
})
