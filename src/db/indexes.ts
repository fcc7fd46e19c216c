import { BackstoryError } from '../core/errors.ts'
import type { Client } from './client.ts'
import { sql } from './sql.ts'

// On (value, id), so that a page in order of id is read and nothing else. The time is a BRIN: a few kB whatever the log.
const definitions = {
  user: 'audit_logs_user on public.audit_logs (user_id, id)',
  type: 'audit_logs_type on public.audit_logs (element_type, id)',
  time: 'audit_logs_time on public.audit_logs using brin (id, "timestamp") with (autosummarize = on)',
  scope: 'audit_logs_scope on public.audit_logs (scope, id) where scope is not null',
  context:
    'audit_logs_context on public.audit_logs using gin (context jsonb_path_ops) where context is not null',
  changes: 'audit_logs_changes on public.audit_logs using gin (changes jsonb_path_ops)',
} as const

// Building it summarizes the pages that are not full yet, too, and then every entry widens their summary, which is a tenth
// of what the entry costs. Without one they are read whole, until autovacuum summarizes them when they are full.
const forgetLastRange = `select brin_desummarize_range(i.oid, pg_relation_size('public.audit_logs') / current_setting('block_size')::bigint)
from pg_class i
where i.oid = 'public.audit_logs_time'::regclass and i.relkind = 'i';`

/** An index of the log that an installation may have or not: what it lets people ask for. */
export type LogIndex = keyof typeof definitions

const defaultIndexes: readonly LogIndex[] = ['time']

/** Checks what indexes are wanted. @throws BackstoryError `invalid_argument` */
export function parseIndexes(indexes: unknown): readonly LogIndex[] | undefined {
  if (indexes === undefined) return undefined
  if (Array.isArray(indexes) && indexes.every(isLogIndex)) return indexes
  throw new BackstoryError(
    'invalid_argument',
    `indexes is a list of ${Object.keys(definitions).join(', ')}; it is ${JSON.stringify(indexes)}.`,
  )
}

/**
 * The statements that give the log the indexes that are wanted and take the others of these away.
 *
 * @param wanted undefined: the default for a log that is new to this installation, and else what there is
 */
export async function composeIndexes(
  client: Client,
  wanted: readonly LogIndex[] | undefined,
  isNew: boolean,
): Promise<string> {
  const indexes = wanted ?? (isNew ? defaultIndexes : undefined)
  if (indexes === undefined) return ''
  const present = await readIndexes(client)
  const statements: string[] = []
  for (const name of Object.keys(definitions).filter(isLogIndex)) {
    const isValid = present.get(name)
    // one that a concurrent build left half-made serves no query and costs every write
    const isUseless = isValid === false || (wanted !== undefined && !indexes.includes(name))
    if (isValid !== undefined && isUseless) statements.push(`drop index public.audit_logs_${name};`)
    if (isValid !== true && indexes.includes(name)) {
      statements.push(`create index ${definitions[name]};`)
      if (name === 'time') statements.push(forgetLastRange)
    }
  }
  return statements.join('\n')
}

/**
 * The indexes that the log has, remembered for each client: they decide how a question is asked, never its answer.
 */
export async function recallIndexes(client: Client): Promise<ReadonlySet<string>> {
  const known = remembered.get(client)
  if (known !== undefined) return known
  const found = await readIndexes(client)
  const valid = new Set([...found].filter(([, isValid]) => isValid).map(([name]) => name))
  remembered.set(client, valid)
  return valid
}

/** Forgets what `recallIndexes` found: they may have changed. */
export function forgetIndexes(client: Client): void {
  remembered.delete(client)
}

const remembered = new WeakMap<Client, ReadonlySet<string>>()

// whether each that exists is valid
async function readIndexes(client: Client): Promise<ReadonlyMap<string, boolean>> {
  const rows = await client.query(sql`
select
  substr(c.relname, length('audit_logs_') + 1) as name,
  i.indisvalid::text as is_valid
from pg_index i
join pg_class c on c.oid = i.indexrelid
where i.indrelid = to_regclass('public.audit_logs')`)
  return new Map(rows.map((row) => [row['name'] ?? '', row['is_valid'] === 'true']))
}

function isLogIndex(name: unknown): name is LogIndex {
  return typeof name === 'string' && Object.hasOwn(definitions, name)
}
