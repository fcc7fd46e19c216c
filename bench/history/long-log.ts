import { createBackstory } from 'backstory'
import type pg from 'pg'

import { openClient, openPool, type Databases } from '../databases.ts'
import { readNumber, type Workplace } from '../scenario.ts'
import { loadOperations } from './operations.ts'

/** The table whose history the log is. */
export const documentsTable = 'documents'
/** How many entries each of the elements has that have many, and their kind. */
export const longHistory = { kind: 'Long', elements: 20, entries: 100 }

/** What `type().at()` asks the server, of the whole type, with the answers counted and weighed there. */
export const typeAtMoment = `
  select count(*), sum(pg_column_size(s.state))
  from backstory.type_position_at('${documentsTable}', $1::timestamptz, null) p
  cross join lateral backstory.states_of('${documentsTable}', p.position_id, null, p.overrides) s`

/** A log of many entries, and the live rows that it has led to, in a database of its own. */
export interface LongLog {
  readonly connection: pg.ClientConfig
  readonly client: pg.Client
  readonly entries: number
  /** How many elements there ever were. */
  readonly elements: number
  /** What was copied how often. */
  readonly shape: string
}

/** How many entries an element has on average. The documents of a real history have fewer: see `chooseCopies`. */
const entriesPerElement = 10

/** What a log and its live rows take. Measured on the real history; the time on two cores at 2.5 GHz. */
const perEntry = { bytes: 1000, microseconds: 25 }

/**
 * Makes a log of about so many entries, of a tenth as many elements: the operations again and again, each copy on elements
 * of its own, in the order of their time, with the changes that capture would have written. Says beforehand what it takes
 * where that is much, and what was copied how often.
 */
export async function createLongLog(
  workplace: Workplace,
  name: string,
  entries: number,
): Promise<LongLog & { readonly drop: () => Promise<void> }> {
  if (entries >= 1_000_000) {
    const gigabytes = Math.ceil((entries * perEntry.bytes) / 1e9)
    const minutes = Math.ceil((entries * perEntry.microseconds) / 60e6)
    console.log(
      `\nMaking a log of ${entries.toLocaleString('en')} entries: about ${gigabytes} GB of the server's disk, ` +
        `twice that with its WAL, and ${minutes} minutes. It is dropped at the end, and on Ctrl-C.`,
    )
  }
  const { databases } = workplace
  await createBase(workplace)
  const connection = await databases.create(name, base)
  const client = await openClient(connection)
  const shape = await chooseCopies(client, entries)
  await client.query('set session_replication_role = replica')
  await client.query(liveRows)
  await withoutIndexes(client, async () => {
    await client.query(logEntries)
    await client.query(longElements)
  })
  await client.query('reset session_replication_role')
  // tracking began before all of it
  await client.query(`update backstory.schema_changes set "timestamp" = '2000-01-01'`)
  await client.query(`vacuum analyze public.audit_logs, public.${documentsTable}`)
  return {
    connection,
    client,
    entries: await readNumber(client, 'select count(*) from public.audit_logs'),
    shape,
    elements: longHistory.elements + (await readNumber(client, 'select sum(copies) from bench.copies')),
    drop: async () => {
      await client.end()
      await databases.drop(name)
    },
  }
}

/**
 * Decides how often each document is copied: those that have more entries than the wished mean so often, the others so
 * often, that the log has its length and the elements that mean; all equally often where none has more.
 *
 * @returns the decision, for the report
 */
async function chooseCopies(client: pg.Client, entries: number): Promise<string> {
  const { rows } = await client.query<{ is_long: boolean; documents: string; entries: string }>(`
    select e.entries > ${entriesPerElement} as is_long, count(*) as documents, sum(e.entries) as entries
    from (select count(*) as entries from bench.entries group by kind, index) as e
    group by 1`)
  const count = (isLong: boolean) => {
    const found = rows.find((row) => row.is_long === isLong)
    return { documents: Number(found?.documents ?? 0), entries: Number(found?.entries ?? 0) }
  }
  const [long, short] = [count(true), count(false)]
  const elements = entries / entriesPerElement
  const divisor = long.entries * short.documents - short.entries * long.documents
  const solved = {
    long: (entries * short.documents - elements * short.entries) / divisor,
    short: (elements * long.entries - entries * long.documents) / divisor,
  }
  const even = entries / (long.entries + short.entries)
  const copies = divisor > 0 && solved.short > 0 ? solved : { long: even, short: even }
  await client.query(copiesOf, [copies.long, copies.short])
  const format = (value: number) => value.toLocaleString('en')
  return divisor > 0
    ? `Documents with more than ${entriesPerElement} entries (${format(long.documents)} with ${format(long.entries)}) ` +
        `were copied ${copies.long.toFixed(2)} times, the others (${format(short.documents)} with ` +
        `${format(short.entries)}) ${copies.short.toFixed(2)} times.`
    : `Each document was copied ${even.toFixed(2)} times.`
}

// building an index over rows that are there costs a fraction of adding row by row
async function withoutIndexes(client: pg.Client, work: () => Promise<void>): Promise<void> {
  const { rows } = await client.query<{ name: string; definition: string; is_key: boolean }>(`
    select
      i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition, i.indisprimary as is_key
    from pg_index i
    where i.indrelid = 'public.audit_logs'::regclass`)
  for (const { name, is_key: isKey } of rows) {
    await client.query(
      isKey ? `alter table public.audit_logs drop constraint ${name}` : `drop index public.${name}`,
    )
  }
  await work()
  await client.query("set maintenance_work_mem = '256MB'")
  for (const { name, definition, is_key: isKey } of rows) {
    await client.query(definition)
    if (isKey) {
      await client.query(
        `alter table public.audit_logs add constraint ${name} primary key using index ${name}`,
      )
    }
  }
}

const base = 'history_base'
const made = new WeakSet<Databases>()

// what all long logs are copies of: the operations, and the changes of each, computed once
async function createBase({ databases, historyFile }: Workplace): Promise<void> {
  if (made.has(databases)) return
  const connection = await databases.create(base)
  const client = await openClient(connection)
  const source = await loadOperations(client, historyFile)
  await client.query(`
    create table public.${documentsTable} (kind text, index text, doc jsonb not null, primary key (kind, index))`)
  const pool = openPool(connection)
  const log = createBackstory(pool)
  await log.install({ indexes: ['time', 'user', 'type'] })
  await log.track(documentsTable)
  await pool.end()
  await client.query(entries)
  await client.query('vacuum analyze')
  const count = await readNumber(client, 'select count(*) from bench.entries')
  console.log(`\nLong logs are copies of ${source}: ${count.toLocaleString('en')} entries.`)
  await client.end()
  made.add(databases)
}

const entries = `
  create table bench.entries as
  select
    row_number() over (order by place) as place,
    line,
    author,
    -- a clock goes forward, dates of commits do not always
    max(edited_at) over (order by place) as edited_at,
    action,
    kind,
    index,
    backstory.element_id_of(jsonb_build_object('kind', kind, 'index', index), array['kind', 'index']) as element_id,
    state,
    changes
  from (
    select
      o.*,
      case
        when o.action = 'insert' then jsonb_build_object('after', o.state)
        when o.action = 'delete' then jsonb_build_object('before', o.previous)
        else backstory.diff(o.previous, o.state)
      end as changes
    from (
      select s.*, lag(s.state) over (partition by s.kind, s.index order by s.place) as previous
      from (
        select
          p.*,
          case
            when p.action <> 'delete' then jsonb_build_object('kind', p.kind, 'index', p.index, 'doc', p.doc)
          end as state
        from bench.operations p
      ) as s
    ) as o
  ) as e
  where e.changes is not null`

// "2.5 times" is by turns two and three times
const copiesOf = `
  create table bench.copies as
  select
    d.kind,
    d.index,
    (floor(d.times * d.turn) - floor(d.times * (d.turn - 1)))::integer as copies
  from (
    select
      e.kind,
      e.index,
      case when count(*) > ${entriesPerElement} then $1::float8 else $2::float8 end as times,
      row_number() over (partition by count(*) > ${entriesPerElement} order by hashtext(e.kind || ' ' || e.index), e.index) as turn
    from bench.entries e
    group by e.kind, e.index
  ) as d`

// the copy stands at the end of the index: "aboleth" is "aboleth~7" there
const liveRows = `
  insert into public.${documentsTable} (kind, index, doc)
  select e.kind, e.index || '~' || copy, e.state -> 'doc'
  from (
    select distinct on (kind, index) kind, index, state from bench.entries order by kind, index, place desc
  ) as e
  join bench.copies c on c.kind = e.kind and c.index = e.index
  cross join lateral generate_series(1, c.copies) as copy
  where e.state is not null`

// In the order of their places without sorting gigabytes: the copies depend on the entry, so that entries come first. The
// id of a copy is that of the element with a tail before its last `"]`.
const logEntries = `
  insert into public.audit_logs (
    element_type, element_id, user_id, "timestamp", action, changes, transaction_id, context
  )
  select
    '${documentsTable}',
    left(e.element_id, -2) || '~' || copy || '"]',
    e.author,
    e.edited_at,
    e.action,
    case e.action
      when 'insert' then jsonb_set(e.changes, '{after,index}', to_jsonb(e.index || '~' || copy))
      when 'delete' then jsonb_set(e.changes, '{before,index}', to_jsonb(e.index || '~' || copy))
      else e.changes
    end,
    -- a transaction for each line and copy, all of them in the past
    (e.line::bigint * 100000 + copy)::text::xid8,
    jsonb_build_object('line', e.line)
  from (
    select e.*, c.copies
    from bench.entries e
    join bench.copies c on c.kind = e.kind and c.index = e.index
    order by e.place
  ) as e
  cross join lateral generate_series(1, e.copies) as copy`

const longElements = `
  insert into public.${documentsTable} (kind, index, doc)
  select '${longHistory.kind}', element::text, jsonb_build_object('rank', ${longHistory.entries}, 'name', 'Ged')
  from generate_series(1, ${longHistory.elements}) as element;
  insert into public.audit_logs (element_type, element_id, user_id, "timestamp", action, changes, transaction_id)
  select
    '${documentsTable}',
    '["${longHistory.kind}","' || element || '"]',
    'author-01',
    last.edited_at + n * interval '1 minute',
    case n when 1 then 'insert' else 'update' end,
    case n
      when 1 then jsonb_build_object(
        'after',
        jsonb_build_object('kind', '${longHistory.kind}', 'index', element::text, 'doc', jsonb_build_object('rank', 1, 'name', 'Ged'))
      )
      else jsonb_build_object(
        'before', jsonb_build_object('doc', jsonb_build_object('rank', n - 1)),
        'after', jsonb_build_object('doc', jsonb_build_object('rank', n))
      )
    end,
    n::text::xid8
  from generate_series(1, ${longHistory.entries}) as n, generate_series(1, ${longHistory.elements}) as element,
    (select max(edited_at) as edited_at from bench.entries) as last
  order by n, element`
