import { describe, expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { openPostgres, type TestQueries } from '../support/database.ts'
import { readEntries } from '../support/log.ts'

/** Everything that an installation makes, as PostgreSQL describes it. */
async function describeDatabase(db: TestQueries, schema: string): Promise<unknown> {
  const own = `(n.nspname in ('${schema}', 'backstory') or c.relname like 'audit_%')`
  const queries = [
    `select p.oid::regprocedure::text as name, case p.prokind when 'f' then pg_get_functiondef(p.oid) end as definition,
       p.proacl::text as permissions
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('${schema}', 'backstory')`,
    `select c.oid::regclass::text as name, c.relacl::text as permissions, obj_description(c.oid) as comment
     from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${own}`,
    `select c.oid::regclass::text as name, a.attname, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull, a.attcompression
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where ${own} and a.attnum > 0`,
    `select k.conname as name, pg_get_constraintdef(k.oid) as definition
     from pg_constraint k join pg_namespace n on n.oid = k.connamespace
     left join pg_class c on c.oid = k.conrelid
     where n.nspname in ('${schema}', 'backstory') or c.relname like 'audit_%' or k.conname like 'audit_%'`,
    `select t.tgname as name, pg_get_triggerdef(t.oid) as definition from pg_trigger t where not t.tgisinternal`,
    `select e.evtname as name, e.evttags::text as tags, e.evtenabled, e.evtfoid::regproc::text from pg_event_trigger e`,
    `select number as name, name as title from ${schema}.migrations`,
    `select name, version from ${schema}.functions`,
    `select context as name, capture from ${schema}.settings`,
  ]
  return Promise.all(
    queries.map((query) => db.query(`select * from (${query}) as found order by found::text collate "C"`)),
  )
}

describe.each(['backstory', 'audit', 'backstory_two'])(
  'the plan of an installation in the schema %s',
  (schema) => {
    test('run as one text, by any client, makes what install makes', async () => {
      const [planned, installed] = await Promise.all([
        openPostgres({ template: 'empty' }),
        openPostgres({ template: 'empty' }),
      ])
      const text = await createBackstory(planned.database, { schema }).plan({ context: 'required' })
      await planned.run(text)
      await createBackstory(installed.database, { schema }).install({ context: 'required' })
      const made = await describeDatabase(planned, schema)
      expect(made).toEqual(await describeDatabase(installed, schema))
      expect(JSON.stringify(made).length).toBeGreaterThan(10_000)
      expect(await createBackstory(planned.database, { schema }).plan()).toBe('')
      await planned.close()
      await installed.close()
    })
  },
)

describe('an installation in a schema of its own', () => {
  test('is whole in there: nothing of it is in public or backstory, and it works from end to end', async () => {
    const db = await openPostgres({ template: 'empty' })
    const backstory = createBackstory(db.database)
    await backstory.install({ schema: 'audit' })
    const elsewhere = await db.query(`
      select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace
      union all select p.proname from pg_proc p where p.pronamespace = 'public'::regnamespace
      union all select t.typname from pg_type t where t.typnamespace = 'public'::regnamespace
      union all select n.nspname from pg_namespace n where n.nspname = 'backstory'`)
    expect(elsewhere).toEqual([])
    await db.run(`
      create table things (id integer primary key, name text, secret text);
      create table parts (id integer primary key) partition by range (id);
      create table parts_1 partition of parts for values from (0) to (10)`)
    await backstory.track('things', { redact: ['secret'], label: 'name' })
    await backstory.track('parts')
    await db.run(`
      begin;
      select audit.set_context('{"userId": "ada", "reason": "why"}');
      insert into things values (1, 'a', 's');
      commit;
      alter table things rename column name to title;
      update things set title = 'b', secret = 't';
      insert into parts values (1);
      truncate parts, things`)
    const entries = await readEntries(db, null, 'audit.audit_logs')
    expect(entries.map(({ elementType, action, userId }) => [elementType, action, userId])).toEqual([
      ['things', 'insert', 'ada'],
      ['things', 'update', null],
      ['parts', 'insert', null],
      ['parts', 'delete', null],
      ['things', 'delete', null],
    ])
    const element = backstory.element('things', 1)
    const page = await element.entries({ order: 'oldest' })
    expect(await Promise.all(page.entries.map((entry) => element.at(entry)))).toEqual([
      { id: 1, title: 'a' },
      { id: 1, title: 'b' },
      null,
    ])
    await expect(db.run('delete from audit.audit_logs')).rejects.toMatchObject({ code: 'BS107' })
    await backstory.uninstall({ log: 'drop' })
    expect(await db.query(`select from pg_namespace where nspname = 'audit'`)).toEqual([])
    expect(await db.query('select from pg_event_trigger')).toEqual([])
    await db.close()
  })

  test('two installations record the same table, each with its own options, and go one by one', async () => {
    const db = await openPostgres()
    const [one, other] = [createBackstory(db.database), createBackstory(db.database, { schema: 'audit' })]
    await other.install()
    await db.run('create table shared (id integer primary key, a text, b text)')
    await one.track('shared', { ignore: ['a'] })
    await other.track('shared', { ignore: ['b'] })
    await db.run(`
      insert into shared values (1, 'a', 'b');
      alter table shared rename column a to c;
      update shared set c = 'x';
      update shared set b = 'y';
      truncate shared`)
    const actionsIn = async (log: string) =>
      (await readEntries(db, 'shared', log)).map(({ changes }) => changes)
    expect(await actionsIn('public.audit_logs')).toEqual([
      { after: { id: 1, b: 'b' } },
      { before: { b: 'b' }, after: { b: 'y' } },
      { before: { id: 1, b: 'y' } },
    ])
    expect(await actionsIn('audit.audit_logs')).toEqual([
      { after: { id: 1, a: 'a' } },
      { before: { c: 'a' }, after: { c: 'x' } },
      { before: { id: 1, c: 'x' } },
    ])
    await one.uninstall()
    await db.run(`insert into shared values (2, 'a', 'b')`)
    expect(await actionsIn('public.audit_logs')).toHaveLength(3)
    expect(await actionsIn('audit.audit_logs')).toHaveLength(4)
    await db.close()
  })
})
