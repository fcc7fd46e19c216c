import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { openPostgres, type TestDatabase } from '../support/database.ts'
import { readServerVersion } from '../support/server-version.ts'

describe('the states of a type that parallel workers rebuild', () => {
  let db: TestDatabase

  beforeAll(async () => {
    db = await openPostgres()
    await db.run(`
      create table things (id integer primary key, n integer, doc jsonb);
      select backstory.track('things', '{}');
      insert into things select i, 0, jsonb_build_object('a', i, 'b', jsonb_build_object('c', 0)) from generate_series(1, 2400) as i;
      update things set n = 1 where id % 2 = 0;
      update things set doc = doc || '{"a": 0}' where id % 3 = 0;
      delete from things where id % 5 = 0;
      insert into things select i, 9, '{}' from generate_series(10, 2400, 10) as i;
      alter table things rename column n to number;
      alter table things rename to objects;
      select backstory.follow();
      update objects set doc = jsonb_set(doc, '{b}', '{"c": 1, "d": 2}') where id % 7 = 0;
      update objects set number = 2 where id % 2 = 1;
      delete from objects where id % 11 = 0;
      analyze;`)
  })
  afterAll(() => db.close())

  const read = async (settings: string) =>
    db.session(async (session) => {
      await session.run(settings)
      const states = await session.query(`
        select m.id::text as moment, count(*)::text, md5(string_agg(concat_ws(' ', s.element_id, s.state, s.is_known), ',' order by s.element_id))
        from (select id from audit_logs where id % 1597 = 1) as m
        cross join lateral backstory.states_of('objects', m.id, null, '{}') s
        group by m.id
        order by m.id`)
      return states
    })

  test('are the same as those that one process rebuilds', async () => {
    const alone = await read('set max_parallel_workers_per_gather = 0')
    expect(alone.length).toBeGreaterThan(3)
    const together = await read(`
      set parallel_setup_cost = 0; set parallel_tuple_cost = 0;
      set min_parallel_table_scan_size = 0; set min_parallel_index_scan_size = 0`)
    expect(together).toEqual(alone)
  })

  test('are each that of its element, of more elements than are rebuilt at once', async () => {
    const [differing] = await db.query(`
      with
      m as (select min(id) + 2500 as id from audit_logs),
      elements as materialized (
        select e.element_id, backstory.state_after('objects', e.element_id, m.id) as state
        from (select distinct element_id from audit_logs) as e, m
      )
      select count(s.state)::text as known, count(*) filter (where s.state is distinct from e.state)::text as differing
      from (select * from elements where state is not null) as e
      full join (select s.* from m, backstory.states_of('objects', m.id, null, '{}') s) as s on s.element_id = e.element_id`)
    expect(differing).toEqual({ known: '2400', differing: '0' })
  })

  test('are planned with workers where there is much to do, from PostgreSQL 17 on', async () => {
    const hasWorkers = (await readServerVersion(db)) >= 17
    const plans = await db.session(async (session) => {
      await session.run(`
        set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set enable_bitmapscan = off;
        set min_parallel_table_scan_size = 0; set min_parallel_index_scan_size = 0`)
      return session.query(`
        explain
        select backstory.states_along('{1}', 10000, '{}', false, '{things}', '{0}', '{10000}', null, 'doc')
        union all
        select backstory.states_along('{2}', 10000, '{}', false, '{things}', '{0}', '{10000}', null, 'doc')`)
    })
    expect(JSON.stringify(plans).includes('Parallel')).toBe(hasWorkers)
  })
})
