import type { Action } from '../core/changes.ts'
import type { Path } from '../core/path.ts'
import type { Client, Statement } from './client.ts'
import type { Log, Sight } from './sight.ts'
import { joinStatements, sql } from './sql.ts'

/** Which entries; what is left out does not restrict. Times are texts that PostgreSQL reads as timestamptz. */
export interface EntryConditions {
  /** Decimal texts. */
  readonly ids?: readonly string[]
  /** Names of tables, of today or earlier. */
  readonly elementTypes?: readonly string[]
  readonly elementId?: string
  /** null: what belongs to nothing. */
  readonly scopes?: readonly (string | null)[]
  /** null: the entries that name nobody. */
  readonly userIds?: readonly (string | null)[]
  readonly actions?: readonly Action[]
  readonly transactionId?: string
  /** At this time or later. */
  readonly since?: string
  /** Before this time. */
  readonly until?: string
  /** The text of a JSON object that the context contains. */
  readonly context?: string
  /** At one of these, the old and the new value differ. */
  readonly changed?: readonly Path[]
  /** What the old values contain. */
  readonly before?: readonly ValueAt[]
  /** What the new values contain. */
  readonly after?: readonly ValueAt[]
  /** All of these are in an old or new text, whatever their case. */
  readonly texts?: readonly string[]
  /** Only deletions of elements of which there is no later entry. */
  readonly isGone?: boolean
  /** Each of these as a whole must not hold. */
  readonly not?: readonly EntryConditions[]
  /** What of the log is there at all. */
  readonly sight?: Sight
  /** Keyset: only what comes after this entry id in the order that is asked for. */
  readonly beyond?: string
}

/** A value at a path, as the text of its JSON. */
export interface ValueAt {
  readonly path: Path
  readonly value: string
}

/** Under which names the log knows what is asked for. */
export interface KnownNames {
  readonly tables: readonly NameSpan[]
  /** By today's name of the column. */
  readonly columns: ReadonlyMap<string, readonly ColumnSpan[]>
  /** Of what must not hold, in its order. */
  readonly not: readonly KnownNames[]
}

/** A name of a table, and the entry ids in which it was. */
export interface NameSpan {
  readonly name: string
  readonly afterId: string
  readonly untilId: string
}

/** A name of a column, in a table of a name. */
export interface ColumnSpan extends NameSpan {
  readonly elementType: string
}

/**
 * Finds the names under which the log knows the types and columns of a filter. At most two statements, and as many for
 * each part that must not hold.
 */
export async function readKnownNames(client: Client, conditions: EntryConditions): Promise<KnownNames> {
  const not: KnownNames[] = []
  for (const part of conditions.not ?? []) not.push(await readKnownNames(client, part))
  if (conditions.elementTypes === undefined) return { tables: [], columns: new Map(), not }
  const types = JSON.stringify(conditions.elementTypes)
  const tables = await client.query(sql`
select distinct n.name, n.after_id::text, n.until_id::text
from jsonb_array_elements_text(${types}::jsonb) as t (name)
cross join lateral backstory.names_of(t.name) n`)
  const columns = new Map<string, ColumnSpan[]>()
  for (const path of pathsOf(conditions)) columns.set(path[0] ?? '', [])
  if (columns.size > 0) {
    const rows = await client.query(sql`
select w.name as wanted, c.element_type, c.name, c.after_id::text, c.until_id::text
from jsonb_array_elements_text(${JSON.stringify([...columns.keys()])}::jsonb) as w (name)
cross join lateral backstory.columns_of(${types}::jsonb, w.name) c`)
    for (const row of rows) {
      columns.get(row['wanted'] ?? '')?.push({ ...toSpan(row), elementType: row['element_type'] ?? '' })
    }
  }
  return { tables: tables.map(toSpan), columns, not }
}

/**
 * The conditions on the log under the name `a`, all of which must hold.
 *
 * @param names what `readKnownNames` gives. Without it the types are left out, but of what must not hold, and names of
 *   columns are looked up by the statement itself, for each entry
 * @param log what `withLog` gives
 * @param except what the caller asks for himself
 */
export function restrict(
  conditions: EntryConditions,
  names: KnownNames | undefined,
  order: 'newest' | 'oldest',
  log: Log,
  except?: 'elementTypes' | 'userIds' | 'scopes',
): readonly Statement[] {
  const { elementTypes, elementId, scopes, userIds, actions, transactionId, since, until } = conditions
  const restrictions: Statement[] = []
  if (elementTypes !== undefined && names !== undefined && except !== 'elementTypes') {
    restrictions.push(anyOf(namedBy(names.tables)))
  }
  if (conditions.ids !== undefined) {
    const ids = JSON.stringify(conditions.ids)
    restrictions.push(
      sql`a.id = any (array(select i.id::bigint from jsonb_array_elements_text(${ids}::jsonb) as i (id)))`,
    )
  }
  if (elementId !== undefined) restrictions.push(sql`a.element_id = ${elementId}`)
  if (scopes !== undefined && except !== 'scopes') restrictions.push(oneOf(sql`a.scope`, scopes))
  if (userIds !== undefined && except !== 'userIds') restrictions.push(oneOf(sql`a.user_id`, userIds))
  if (actions !== undefined) restrictions.push(oneOf(sql`a.action`, actions))
  if (transactionId !== undefined) restrictions.push(sql`a.transaction_id = ${transactionId}::xid8`)
  if (since !== undefined) restrictions.push(sql`a."timestamp" >= ${since}::timestamptz`)
  if (until !== undefined) restrictions.push(sql`a."timestamp" < ${until}::timestamptz`)
  restrictions.push(...restrictContents(conditions, names))
  if (conditions.isGone === true) restrictions.push(isGone(log))
  conditions.not?.forEach((part, index) => {
    const ofPart = restrict(part, names?.not[index], order, log)
    const types = part.elementTypes !== undefined && names === undefined ? [hasType(part.elementTypes)] : []
    restrictions.push(sql`(${allOf([...types, ...ofPart])}) is not true`)
  })
  if (conditions.beyond !== undefined) {
    restrictions.push(
      order === 'newest'
        ? sql`a.id < ${conditions.beyond}::bigint`
        : sql`a.id > ${conditions.beyond}::bigint`,
    )
  }
  return restrictions
}

// along the index on (element_id, element_type, id), over what came after the deletion
function isGone(log: Log): Statement {
  return sql`a.action = 'delete'
  and not exists (
    select
    from ${log('later')}
    where
      later.element_id = a.element_id
      and later.id > a.id
      and later.action in ('insert', 'update', 'delete', 'snapshot')
      and (
        later.element_type = a.element_type
        or later.element_type in (select n.name from backstory.names_of(a.element_type) n where later.id > n.after_id and later.id <= n.until_id)
      )
  )`
}

function hasType(elementTypes: readonly string[]): Statement {
  return sql`exists (
    select
    from jsonb_array_elements_text(${JSON.stringify(elementTypes)}::jsonb) as t (name)
    cross join lateral backstory.names_of(t.name) n
    where n.name = a.element_type and a.id > n.after_id and a.id <= n.until_id
  )`
}

function namedBy(tables: readonly NameSpan[]): readonly Statement[] {
  return tables.map((span) => allOf([sql`a.element_type = ${span.name}`, ...within(span)]))
}

function oneOf(column: Statement, values: readonly (string | null)[]): Statement {
  const texts = values.filter((value) => value !== null)
  const alternatives = texts.length < values.length ? [sql`${column} is null`] : []
  const [first] = texts
  if (first !== undefined && texts.length === 1) alternatives.push(sql`${column} = ${first}`)
  if (texts.length > 1) {
    alternatives.push(
      sql`${column} in (${joinStatements(
        texts.map((text) => sql`${text}`),
        ', ',
      )})`,
    )
  }
  return anyOf(alternatives)
}

/** Conditions joined by `and`. */
export function allOf(conditions: readonly Statement[]): Statement {
  return conditions.length === 0 ? sql`true` : joinStatements(conditions, '\n  and ')
}

/** Conditions joined by `or`, in parentheses; false where there is none. */
export function anyOf(conditions: readonly Statement[]): Statement {
  if (conditions.length === 0) return sql`false`
  return conditions.length === 1 && conditions[0] !== undefined
    ? conditions[0]
    : sql`(${joinStatements(conditions, ' or ')})`
}

function restrictContents(conditions: EntryConditions, names: KnownNames | undefined): readonly Statement[] {
  const { context, changed, before = [], after = [], texts = [] } = conditions
  const at = (path: Path, condition: (path: Path, column: Statement) => Statement) =>
    atColumn(path, condition, conditions.elementTypes, names)
  const restrictions: Statement[] = []
  if (context !== undefined) restrictions.push(sql`a.context @> ${context}::jsonb`)
  // a snapshot holds the whole row and changes nothing
  if (changed !== undefined || before.length + after.length + texts.length > 0)
    restrictions.push(sql`a.action <> 'snapshot'`)
  if (changed !== undefined) restrictions.push(anyOf(changed.map((path) => at(path, isChanged))))
  for (const [side, values] of [
    [sql`'before'`, before],
    [sql`'after'`, after],
  ] as const) {
    for (const { path, value } of values) {
      restrictions.push(at(path, (segments, column) => contains(side, segments, column, value)))
    }
  }
  for (const text of texts) {
    // an object's keys are no values, nor are the names of redacted columns
    const pattern = `$.** ? (@ like_regex ${JSON.stringify(text)} flag "iq")`
    restrictions.push(
      sql`(a.changes -> 'before' @? ${pattern}::jsonpath or a.changes -> 'after' @? ${pattern}::jsonpath)`,
    )
  }
  return restrictions
}

// the first segment is a column, which may have had other names
function atColumn(
  path: Path,
  condition: (path: Path, column: Statement) => Statement,
  elementTypes: readonly string[] | undefined,
  names: KnownNames | undefined,
): Statement {
  const today = path[0] ?? ''
  if (elementTypes === undefined || today === '*') return condition(path, sql`${today}`)
  if (names === undefined) {
    return sql`exists (
    select
    from backstory.columns_of(${JSON.stringify(elementTypes)}::jsonb, ${today}) c
    where c.element_type = a.element_type and a.id > c.after_id and a.id <= c.until_id and ${condition(path, sql`c.name`)}
  )`
  }
  const spans = names.columns.get(today) ?? []
  const isPlain = spans.every((span) => span.name === today && within(span).length === 0)
  // a plain condition can be looked up in an index; where tables were renamed it repeats what is asked of the type
  if (spans.length > 0 && isPlain) return condition(path, sql`${today}`)
  return anyOf(
    spans.map((span) =>
      allOf([sql`a.element_type = ${span.elementType}`, ...within(span), condition(path, sql`${span.name}`)]),
    ),
  )
}

function isChanged(path: Path, column: Statement): Statement {
  const at = (side: Statement, to: Path) => sql`(a.changes #> ${arrayOf(to, column, side)})`
  const [before, after] = [sql`'before', `, sql`'after', `] as const
  if (!path.includes('*')) return sql`${at(before, path)}::text is distinct from ${at(after, path)}::text`
  const differs = sql`backstory.differs_at(a.changes -> 'before', a.changes -> 'after', ${arrayOf(path, column)})`
  const start = path.slice(0, path.indexOf('*'))
  // most entries have nothing there, and that is cheap to see
  return start.length === 0
    ? differs
    : sql`(coalesce(${at(before, start)}, ${at(after, start)}) is not null and ${differs})`
}

function contains(side: Statement, path: Path, column: Statement, value: string): Statement {
  if (path.some((segment) => segment === '*' || /^\s*[+-]?\d+$/.test(segment))) {
    const contained = sql`backstory.contains_at(a.changes -> ${side}, ${arrayOf(path, column)}, ${value}::jsonb)`
    return path[0] === '*' ? contained : sql`(a.changes -> ${side} ? ${column} and ${contained})`
  }
  // containment of the whole document, for an index on it
  const document = path
    .slice(1)
    .reduceRight((inner, key) => sql`jsonb_build_object(${key}, ${inner})`, sql`${value}::jsonb`)
  return sql`a.changes @> jsonb_build_object(${side}, jsonb_build_object(${column}, ${document}))`
}

function arrayOf(path: Path, column: Statement, front: Statement = sql``): Statement {
  const segments = [path[0] === '*' ? sql`'*'` : column, ...path.slice(1).map((segment) => sql`${segment}`)]
  return sql`array[${front}${joinStatements(segments, ', ')}]`
}

function pathsOf({ changed = [], before = [], after = [] }: EntryConditions): readonly Path[] {
  return [...changed, ...before.map(({ path }) => path), ...after.map(({ path }) => path)].filter(
    (path) => path[0] !== '*',
  )
}

/** The ids of a span. A table that was never renamed has one over all ids, which needs no condition. */
export function within({ afterId, untilId }: NameSpan): readonly Statement[] {
  return [
    ...(afterId === '0' ? [] : [sql`a.id > ${afterId}::bigint`]),
    ...(untilId === maximumId ? [] : [sql`a.id <= ${untilId}::bigint`]),
  ]
}

const maximumId = '9223372036854775807'

function toSpan(row: Readonly<Record<string, string | null>>): NameSpan {
  return {
    name: row['name'] ?? '',
    afterId: row['after_id'] ?? '0',
    untilId: row['until_id'] ?? maximumId,
  }
}
