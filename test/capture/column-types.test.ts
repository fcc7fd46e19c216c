import { describe, expect, test } from 'vitest'

import {
  columnSamples,
  oddSettings,
  pinnedSettings,
  quoteLiteral,
  type ColumnSamples,
} from '../support/column-samples.ts'
import { describeOnEveryDatabase, type TestDatabase, type TestQueries } from '../support/database.ts'
import { readServerVersion } from '../support/server-version.ts'

/** The built-in types whose values only PostgreSQL itself makes: no column gets one from a client. */
const typesWithoutInput = [
  'pg_node_tree',
  'pg_ndistinct',
  'pg_dependencies',
  'pg_mcv_list',
  'pg_brin_bloom_summary',
  'pg_brin_minmax_multi_summary',
  'gtsvector',
]

/** Types that are tried under the name of one that is the same but for its length. */
const aliases: Readonly<Record<string, string>> = { bit: 'bit(8)' }

describeOnEveryDatabase('a column of a built-in type', (db) => {
  test('every type of the catalog is tried here, or is one that PostgreSQL does not read from text', async () => {
    const rows = await db().query(
      `
      select t.typname::text as name
      from pg_type t
      where
        t.typnamespace = 'pg_catalog'::regnamespace
        and t.typtype in ('b', 'r', 'm', 'e', 'd')
        and not exists (select from pg_type e where e.typarray = t.oid)
        and not exists (select from unnest($1::text[]) as tried (name) where to_regtype(tried.name) = t.oid)`,
      [[...columnSamples.map(({ type }) => type), ...typesWithoutInput]],
    )
    expect(rows.map(({ name }) => String(name)).filter((name) => aliases[name] === undefined)).toEqual([])
  })

  describe.each(columnSamples)('$type:', (samples) => {
    test('values come back, alone and in arrays, domains, composites and ranges, whatever the settings of the session', async (context) => {
      if (!(await isReadable(db(), samples.type))) {
        expect(samples.type, 'the one type that a server may have been built without').toBe('xml')
        context.skip('this server has been built without xml')
      }
      await expectExact(db(), samples, `of_type_${columnSamples.indexOf(samples)}`)
    })
  })
})

async function isReadable(db: TestQueries, type: string): Promise<boolean> {
  if (type !== 'xml') return true
  return db.query(`select '<a/>'::xml`).then(
    () => true,
    () => false,
  )
}

/**
 * Writes every value in a session of odd settings and holds the log against the rows: each entry's text is that of
 * to_jsonb under the pinned settings, each state turned into a row by jsonb_populate_record has the bytes of the row
 * that was. Lossy values come back as another value of the same text.
 */
async function expectExact(db: TestDatabase, samples: ColumnSamples, table: string): Promise<void> {
  const { type, alone = [], lossy = [], since, withoutDomain = false } = samples
  const isNew = since !== undefined && (await readServerVersion(db)) >= since.version
  const values = [...samples.values, ...(isNew ? since.values : [])]
  const ranged = values.length > 0 && (await hasRanges(db, type))
  const columns = [
    ['v', type],
    ['list', `${type}[]`],
    ...(withoutDomain ? [] : [['d', `${table}_domain`]]),
    ['c', `${table}_composite`],
    ...(ranged ? [['r', `${table}_range`]] : []),
  ]
  const literal = (text: string | undefined) =>
    text === undefined ? 'null' : `${quoteLiteral(text)}::${type}`
  const fill = (value: string, cells: Readonly<Record<string, string>>) =>
    [value, ...columns.slice(1).map(([name, own]) => `${cells[name ?? ''] ?? 'null'}::${own}`)].join(', ')
  const rows = [
    ...values.map((text, place) => {
      const value = literal(text)
      const next = literal(values[(place + 1) % values.length])
      return fill(value, {
        list: `array[${value}, null, ${next}]`,
        d: value,
        c: `row(${value}, array[${next}])`,
        r: `${table}_range(${value}, ${value}, '[]')`,
      })
    }),
    ...alone.map((text) => fill(literal(text), { d: literal(text), c: `row(${literal(text)}, null)` })),
    ...lossy.map((text) => fill(literal(text), {})),
    fill('null', { list: `array[]::${type}[]` }),
  ]
  const exact = values.length + alone.length

  await db.session(async (session) => {
    await session.run(`
      ${pinnedSettings}
      create domain ${table}_domain as ${type};
      create type ${table}_composite as (a ${type}, b ${type}[]);
      ${ranged ? `create type ${table}_range as range (subtype = ${type});` : ''}
      create table ${table} (id integer primary key, ${columns.map((column) => column.join(' ')).join(', ')});
      create table ${table}_was (action text, value_of integer, was ${table});
      insert into ${table}_was values
        ${rows.map((row, id) => `('insert', ${id}, row(${id}, ${row})::${table})`).join(', ')};
      insert into ${table}_was
      select 'update', n.value_of, row((w.was).id, ${columns.map(([name]) => `(n.was).${name}`).join(', ')})::${table}
      from ${table}_was w join ${table}_was n on n.value_of = (w.value_of + 1) % ${rows.length};
      insert into ${table}_was
      select 'delete', value_of, was from ${table}_was where action = 'update' and (was).id % 2 = 0;
      select backstory.track('${table}');
      ${oddSettings}
      insert into ${table} select (was).* from ${table}_was where action = 'insert';
      update ${table} t
      set ${columns.map(([name]) => `${name} = (w.was).${name}`).join(', ')}
      from ${table}_was w where w.action = 'update' and (w.was).id = t.id;
      delete from ${table} where id % 2 = 0;
      ${pinnedSettings}`)
    const wrong = await session.query(`
      select w.action, w.was::text, state::text, read::text
      from ${table}_was w
      left join public.audit_logs a
        on a.element_type = '${table}' and a.element_id = (w.was).id::text and a.action = w.action,
      lateral (
        select case w.action
          when 'delete' then a.changes -> 'before'
          else backstory.state_after('${table}', (w.was).id::text, a.id)
        end as state
      ) as then_,
      lateral jsonb_populate_record(null::${table}, state) as read
      where
        -- a lossy value that follows another of the same text is no change, and leaves no entry
        (a.id is not null or w.action <> 'update')
        and (
          state::text is distinct from to_jsonb(w.was)::text
          or to_jsonb(read)::text is distinct from to_jsonb(w.was)::text
          or (w.value_of < ${exact} and not read *= w.was)
        )`)
    expect(wrong).toEqual([])
    const [count] = await session.query(`
      select
        count(*) filter (where a.action = 'insert')::integer as inserts,
        count(*) filter (where a.action = 'delete')::integer as deletions
      from public.audit_logs a where a.element_type = '${table}'`)
    expect(count).toEqual({ inserts: rows.length, deletions: Math.ceil(rows.length / 2) })
    await session.run(`drop table ${table}_was, ${table}`)
  })
}

/** Whether PostgreSQL can make a range of the type: it needs an order. */
async function hasRanges(db: TestQueries, type: string): Promise<boolean> {
  const rows = await db.query(
    `select from pg_opclass c join pg_am m on m.oid = c.opcmethod
     where m.amname = 'btree' and c.opcdefault and c.opcintype = to_regtype($1)`,
    [type],
  )
  return rows.length > 0
}
