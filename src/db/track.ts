import { parseName } from '../core/option-names.ts'
import { isJsonArray, parseJson, parseJsonObject, type JsonValue } from '../core/json.ts'
import type { Client } from './client.ts'
import { relocate, sql } from './sql.ts'

/** The options of `track`: columns of the table, by name. */
export interface TrackOptions {
  /** The column that says what an element belongs to: a world, a tenant. Its value goes into `scope`. */
  readonly scope?: string
  /** The column by which people know an element. */
  readonly label?: string
  /** Columns that are neither recorded nor reason enough for an entry. */
  readonly ignore?: readonly string[]
  /** Columns whose changes are recorded, and whose values are not. */
  readonly redact?: readonly string[]
  /** The columns that identify an element, where it is not the primary key. None may be null. */
  readonly key?: readonly string[]
  /**
   * `listener`: no trigger is put on the table, and an ORM's listeners record what it writes (docs/guide/listeners.md).
   * Default: `trigger`. A table that is tracked one way has to be untracked before it can be tracked the other.
   */
  readonly capture?: 'trigger' | 'listener'
  /**
   * Every so many entries of an element without the whole row one that holds it, of the action `snapshot`, so that no
   * state of it is further away: 2 to 10,000. Default: none. See docs/reference/states.md.
   */
  readonly snapshotEvery?: number
}

/** A table that is tracked, and how. */
export interface TrackedTable {
  readonly elementType: string
  readonly key: readonly string[]
  readonly options: TrackOptions
  /**
   * `disabled` where a trigger of the table, or of one of its partitions, is disabled or missing: writes escape. What is
   * tracked by listener is `active`.
   */
  readonly status: 'active' | 'disabled'
}

/**
 * Starts to record every write to a table, or gives a tracked one new options. Idempotent. Takes a share row
 * exclusive lock on the table for a moment: writers wait, readers do not.
 *
 * @throws BackstoryError `table_not_found`, `unsupported_table`, `no_key`, `unknown_column`, `invalid_option`,
 *   `invalid_argument`,
 *   `tracked_otherwise` when it is tracked already, and not by this way of capture
 */
export async function track(client: Client, table: string, options: TrackOptions): Promise<void> {
  const name = parseName('The table to track', table)
  // read committed, whatever the default of the role: backstory.track refuses an older snapshot than its lock
  await client.transaction((transaction) =>
    transaction.query(sql`select backstory.track(${name}, ${JSON.stringify(options)}::jsonb)::text`),
  )
}

/** Stops to record the writes to a table; its entries stay. @throws BackstoryError `not_tracked`, `table_not_found` */
export async function untrack(client: Client, table: string): Promise<void> {
  await client.query(sql`select backstory.untrack(${parseName('The table to untrack', table)})::text`)
}

/** The tables that are tracked now, by element type. */
export async function readTracked(client: Pick<Client, 'query'>): Promise<readonly TrackedTable[]> {
  const rows = await client.query(sql`
    select
      t.element_type,
      to_jsonb(t.key_columns)::text as key,
      t.options::text,
      case
        when not t.options ? 'capture' and exists (
          select
          from (
            select c.oid as relation
            union
            select leaf.relid from pg_partition_tree(c.oid) leaf
          ) as part
          cross join unnest(array['!backstory_capture', '!backstory_truncate']) as w (name)
          left join pg_trigger own on own.tgrelid = part.relation and own.tgname = w.name
          where own.tgenabled is null or own.tgenabled not in ('O', 'A')
        ) then 'disabled'
        -- captured_by_statement: the row trigger is for updates only, and two more are for the rest
        when not t.options ? 'capture' and exists (
          select
          from pg_trigger own
          where
            own.tgrelid = c.oid
            and own.tgname = '!backstory_capture'
            and pg_get_triggerdef(own.oid) like '% AFTER UPDATE ON %'
            and (
              select count(*)
              from pg_trigger other
              where
                other.tgrelid = c.oid
                and other.tgname in ('!backstory_capture_insert', '!backstory_capture_delete')
                and other.tgenabled in ('O', 'A')
            ) < 2
        ) then 'disabled'
        else 'active'
      end as status
    from backstory.tracked t
    join pg_class c on c.relname = t.table_name and c.relnamespace = to_regnamespace(quote_ident(t.table_schema))
    left join pg_trigger tg on tg.tgrelid = c.oid and tg.tgname = '!backstory_capture'
    where t.active and (t.options ? 'capture' or tg.oid is not null)
    order by t.element_type`)
  return rows.map((row) => ({
    elementType: row['element_type'] ?? '',
    key: parseNames(parseJson(row['key'] ?? '[]')),
    options: parseOptions(row['options'] ?? '{}'),
    status: row['status'] === 'active' ? 'active' : 'disabled',
  }))
}

/** How tables are tracked, by element type: none where Backstory is not installed in `schema`, or where it is disabled. */
export async function readTrackedHere(
  client: Pick<Client, 'query'>,
  schema: string,
): Promise<ReadonlyMap<string, TrackOptions>> {
  const here: Pick<Client, 'query'> = {
    query: ({ text, values }) => client.query({ text: relocate(text, schema), values }),
  }
  const [row] = await here.query(sql`select to_regclass('backstory.tracked')::text as tracked`)
  if (row?.['tracked'] === null || row === undefined) return new Map()
  const tracked = await readTracked(here)
  return new Map(
    tracked.flatMap(({ elementType, options, status }) =>
      status === 'active' ? [[elementType, options] as const] : [],
    ),
  )
}

/** Options as the database keeps them, in one order: what means nothing is left out. */
export function canonicalOptions(options: TrackOptions): TrackOptions {
  const { scope, label, ignore = [], redact = [], key = [], capture, snapshotEvery } = options
  return {
    ...(scope === undefined ? {} : { scope }),
    ...(label === undefined ? {} : { label }),
    ...(ignore.length === 0 ? {} : { ignore }),
    ...(redact.length === 0 ? {} : { redact }),
    ...(key.length === 0 ? {} : { key }),
    ...(capture === 'listener' ? { capture } : {}),
    ...(snapshotEvery === undefined ? {} : { snapshotEvery }),
  }
}

// backstory.track has validated them; what is not of its kind is left out
function parseOptions(text: string): TrackOptions {
  const { scope, label, ignore, redact, key, capture, snapshotEvery } = parseJsonObject(text)
  return {
    ...(typeof scope === 'string' ? { scope } : {}),
    ...(typeof label === 'string' ? { label } : {}),
    ...(ignore === undefined ? {} : { ignore: parseNames(ignore) }),
    ...(redact === undefined ? {} : { redact: parseNames(redact) }),
    ...(key === undefined ? {} : { key: parseNames(key) }),
    ...(capture === 'listener' ? { capture } : {}),
    ...(typeof snapshotEvery === 'number' ? { snapshotEvery } : {}),
  }
}

function parseNames(value: JsonValue): readonly string[] {
  return isJsonArray(value) ? value.filter((name) => typeof name === 'string') : []
}
