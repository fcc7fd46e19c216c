import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { openPostgres } from '../support/database.ts'

const oddSettings: Readonly<Record<string, string>> = {
  timezone: 'Asia/Kathmandu',
  datestyle: 'German, DMY',
  intervalstyle: 'iso_8601',
  bytea_output: 'escape',
  extra_float_digits: '-10',
  search_path: 'pg_temp',
  xmloption: 'document',
  row_security: 'off',
  quote_all_identifiers: 'on',
  transform_null_equals: 'on',
  default_transaction_isolation: 'serializable',
}

describe.each(['superuser', 'owner'] as const)('settings of the session (installed by: %s)', (role) => {
  let db: Awaited<ReturnType<typeof openPostgres>>

  beforeAll(async () => {
    db = await openPostgres({ role })
    await db.run(`
      create type stamp as (at timestamptz, took interval);
      create domain instant as timestamptz;
      create table source (
        at timestamptz, id integer, d date, ts timestamp, i interval, f float8, b bytea, m money, s stamp, ss stamp[],
        r tstzrange, a timestamptz[], x instant, fs float8[], p point,
        primary key (at, id)
      );
      insert into source values (
        '2026-01-31 12:00:00.123456+00', 1, '2026-02-03', '2026-02-03 04:05',
        make_interval(years => -1, days => 2, secs => 3), 1.0 / 3, '\\x00ff', 12345.6,
        row('2026-07-31 12:00+00', make_interval(months => 1)),
        array[row('2026-07-31 12:00+00', make_interval(days => -1))::stamp], '[2026-01-31 12:00+00,)',
        array['2026-01-31 12:00+00'::timestamptz], '2026-01-31 12:00+00', array[1.0 / 3], point(1.0 / 3, 2)
      )`)
  })
  afterAll(() => db.close())

  async function write(table: string, settings: Readonly<Record<string, string>>): Promise<unknown[]> {
    await db.run(`create table ${table} (like source including all); select backstory.track('${table}')`)
    await db.session(async (session) => {
      for (const [name, value] of Object.entries(settings)) await session.run(`set ${name} = '${value}'`)
      await session.run(`
        insert into public.${table} select * from public.source;
        update public.${table} set
          d = d + 1, ts = ts + interval '1 day', i = i * 2, f = f * 2, b = b || '\\x01', m = m * 2,
          s = row((s).at, (s).took * 2), ss = ss || ss, r = '(,)', a = a || a, x = x + interval '1 day', fs = fs || fs,
          p = p * point(2, 2);
        update public.${table} set at = at + interval '1 hour';
        update public.${table} set id = 2;
        delete from public.${table};
        insert into public.${table} select * from public.source`)
      await session.run(`begin isolation level read committed; truncate public.${table}; commit`)
    })
    return db.query(
      'select action::text, element_id, changes::text from audit_logs where element_type = $1 order by id',
      [table],
    )
  }

  test('do not show in entries or element ids: not the time zone, nor the styles of dates, intervals, bytes and numbers', async () => {
    const plain = await write('written_plainly', {})
    expect(plain).toHaveLength(9)
    expect(plain[0]).toMatchObject({ element_id: '["2026-01-31T12:00:00.123456+00:00",1]' })
    expect(await write('written_oddly', oddSettings)).toEqual(plain)
    for (const [name, value] of Object.entries(oddSettings)) {
      expect(await write(`written_${name}`, { [name]: value }), name).toEqual(plain)
    }
  })

  test('do not keep a table from being tracked, changed and followed, and add nothing to what changed', async () => {
    await db.session(async (session) => {
      const settings = { ...oddSettings, standard_conforming_strings: 'off', escape_string_warning: 'off' }
      await session.run(`create type public.mood as enum ('calm', 'wild')`)
      await session.run(
        `create table public.moods (id integer primary key, m public.mood, n text collate "C")`,
      )
      await session.run(`select backstory.track('moods')`)
      for (const [name, value] of Object.entries(settings)) await session.run(`set ${name} = '${value}'`)
      await session.run(`set default_transaction_isolation = 'read committed'`)
      await session.run(`
        create table public."back\\slash" (id integer primary key, "c\\d" text);
        alter table public.moods add column added integer;
        select backstory.follow();
        insert into public.moods values (1, 'calm', 'a', 1);
        update public.moods set m = 'wild', n = 'A', added = 2`)
      await session.query('select backstory.track($1)', ['back\\slash'])
      await session.run(`
        insert into public."back\\slash" values (1, 'x');
        update public."back\\slash" set "c\\d" = 'y';
        truncate public."back\\slash", public.moods`)
    })
    expect(await db.query('select kind, new_name from backstory.schema_changes order by id')).toMatchObject([
      ...(await db.query(
        `select 'tracked' as kind, element_type as new_name from backstory.tracked where id < (select id from backstory.tracked where element_type = 'moods') order by id`,
      )),
      { kind: 'tracked', new_name: 'moods' },
      { kind: 'column_added', new_name: 'added' },
      { kind: 'tracked', new_name: 'back\\slash' },
    ])
    expect(
      await db.query(
        `select action::text, changes::text from audit_logs where element_type in ('moods', 'back\\slash') order by id`,
      ),
    ).toEqual([
      { action: 'insert', changes: '{"after": {"m": "calm", "n": "a", "id": 1, "added": 1}}' },
      {
        action: 'update',
        changes:
          '{"after": {"m": "wild", "n": "A", "added": 2}, "before": {"m": "calm", "n": "a", "added": 1}}',
      },
      { action: 'insert', changes: '{"after": {"id": 1, "c\\\\d": "x"}}' },
      { action: 'update', changes: '{"after": {"c\\\\d": "y"}, "before": {"c\\\\d": "x"}}' },
      { action: 'delete', changes: '{"before": {"id": 1, "c\\\\d": "y"}}' },
      { action: 'delete', changes: '{"before": {"m": "wild", "n": "A", "id": 1, "added": 2}}' },
    ])
  })

  test('do not show in states that are rewound from the live row', async () => {
    await db.run(`
      create table rewound (like source including all);
      insert into rewound select * from source;
      select backstory.track('rewound');
      update rewound set d = d + 1`)
    const read = (settings: Readonly<Record<string, string>>) =>
      db.session(async (session) => {
        for (const [name, value] of Object.entries(settings)) await session.run(`set ${name} = '${value}'`)
        const [row] = await session.query(`
          select backstory.state_after(a.element_type, a.element_id, a.id)::text as state
          from public.audit_logs a where a.element_type = 'rewound'`)
        return row?.['state']
      })
    const plain = await read({})
    expect(plain).toContain('2026-01-31T12:00:00.123456+00:00')
    expect(await read(oddSettings)).toBe(plain)
  })
})
