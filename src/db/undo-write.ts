import { BackstoryError } from '../core/errors.ts'
import { formatJson, type JsonObject } from '../core/json.ts'
import type { StepGroup } from '../core/undo/order.ts'
import type { UndoTable } from '../core/undo/table.ts'
import type { Client, Statement } from './client.ts'
import { quoteIdentifier, sql } from './sql.ts'
import { pick, plain, qualify, readLiveRows, relationOf } from './undo.ts'

/** Names the context of what is written next in this transaction, as a rider would. */
export async function setContext(client: Client, context: string): Promise<void> {
  await client.query(sql`select backstory.set_context(${context})::text`)
}

/** Puts every check that may wait off to the end of this transaction. */
export async function deferConstraints(client: Client): Promise<void> {
  await client.run('set constraints all deferred')
}

/**
 * Writes steps of one kind in one statement, through the table as anybody would: its triggers fire, its defaults fill
 * in what the log does not hold. Of a table that is tracked by listener it records them itself.
 *
 * @throws BackstoryError `undo_refused` when fewer rows were written than there are steps
 */
export async function writeSteps(client: Client, group: StepGroup): Promise<void> {
  const { steps } = group
  const [{ table, action }] = steps
  const rows = table.isListened ? formatJson([announcedRows(group)]) : null
  const photograph = rows === null || action === 'insert' ? null : await photographRows(client, rows)
  const written = await client.query(statementOf(group))
  if (rows !== null) await recordRows(client, rows, photograph)
  if (written.length === steps.length) return
  if (action === 'delete') {
    // what a cascade took is gone as well
    const ids = steps.map(({ elementId }) => elementId)
    if ((await readLiveRows(client, table, ids, { lock: false })).size === 0) return
  }
  throw new BackstoryError(
    'undo_refused',
    `Nothing was undone: ${table.elementType} took ${written.length} of ${steps.length} rows to ${action}. A trigger or a policy of the table withholds the others.`,
    { details: { elementType: table.elementType, action } },
  )
}

/** Whether an error is a constraint that refuses the rows, and which class: SQLSTATE class 23 (manual: Appendix A). */
export function violationOf(error: unknown): 'unique' | 'other' | undefined {
  if (!(error instanceof Error)) return undefined
  const state: unknown = Reflect.get(error, 'code')
  if (typeof state !== 'string' || !state.startsWith('23')) return undefined
  // unique_violation, exclusion_violation
  return state === '23505' || state === '23P01' ? 'unique' : 'other'
}

/** The rows of a group as `backstory.photograph` and `backstory.record_flush` take them. */
function announcedRows({ steps }: StepGroup): JsonObject {
  const [{ table, action }] = steps
  const names = table.key.map(({ name }) => name)
  return {
    schema: table.schema,
    table: table.name,
    isDeleted: action === 'delete',
    mayInsert: action === 'insert',
    keys: steps.map(({ live, image }) => pick({ ...live, ...image }, names)),
    places: steps.map((_, place) => place),
  }
}

async function photographRows(client: Client, rows: string): Promise<string | null> {
  const [row] = await client.query(sql`select backstory.photograph(${rows}::jsonb)::text as photograph`)
  return row?.['photograph'] ?? null
}

async function recordRows(client: Client, rows: string, photograph: string | null): Promise<void> {
  await client.query(
    sql`select backstory.record_flush(${rows}::jsonb, ${photograph}::integer)::text as entries`,
  )
}

function statementOf(group: StepGroup): Statement {
  const [first] = group.steps
  const { table, action } = first
  const columns = Object.keys(first.image)
  const keys = table.key.map(({ name }) => name)
  const target = plain(relationOf(table))
  const isSameElement = plain(
    keys.map((name) => `r.${quoteIdentifier(name)} = p.${quoteIdentifier(name)}`).join(' and '),
  )
  if (action === 'insert') {
    return sql`
insert into ${plain(qualify(table))} (${plain(columns.map(quoteIdentifier).join(', '))})
overriding system value
select ${plain(columns.map((name) => valueOf(table, name)).join(', '))}
from ${rowsOf(group, columns)}
order by e.place
returning 'written' as outcome`
  }
  if (action === 'update') {
    const settings = columns.map((name) => `${quoteIdentifier(name)} = ${valueOf(table, name)}`)
    return sql`
update ${target} as r
set ${plain(settings.join(', '))}
from ${rowsOf(group, [...keys, ...columns])}
where ${isSameElement}
returning 'written' as outcome`
  }
  return sql`
delete from ${target} as r
using ${rowsOf(group, keys)}
where ${isSameElement}
returning 'written' as outcome`
}

// only what the statement needs travels: a live row may hold what the log must not
function rowsOf({ steps }: StepGroup, columns: readonly string[]): Statement {
  const images = steps.map(({ live, image }) => pick({ ...live, ...image }, columns))
  const row = plain(`null::${qualify(steps[0].table)}`)
  return sql`jsonb_array_elements(${formatJson(images)}::jsonb) with ordinality as e (image, place)
cross join lateral backstory.row_of(${row}, e.image) as p`
}

function valueOf(table: UndoTable, name: string): string {
  const jsonNull = table.columns.get(name)?.jsonNull
  const value = `p.${quoteIdentifier(name)}`
  return jsonNull === undefined ? value : `coalesce(${value}, 'null'::${jsonNull})`
}
