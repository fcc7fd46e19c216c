import { isJsonArray, parseJson } from '../core/json.ts'
import { BackstoryError } from '../core/errors.ts'
import type { Client, Statement } from './client.ts'
import { joinStatements, sql } from './sql.ts'

/**
 * What of the log somebody sees; what is left out does not restrict. Everything that is asked through it, counts and
 * searches included, is answered as if the rest did not exist.
 */
export interface Sight {
  /** Tables, by a name of today or one that they had. */
  readonly elementTypes?: readonly string[]
  /** Single elements; tables by any of their names, too. */
  readonly elements?: readonly SeenElement[]
  /** null: what belongs to nothing. */
  readonly scopes?: readonly (string | null)[]
  /** null: the entries that name nobody. */
  readonly userIds?: readonly (string | null)[]
  /** Columns that are as if they were not there, by table: `{ world_elements: ['secret_notes'] }`. */
  readonly withhold?: Readonly<Record<string, readonly string[]>>
}

/** An element that is seen: its table, and its primary key as text. */
export interface SeenElement {
  readonly elementType: string
  readonly elementId: string
}

/** The log as it is seen, under an alias, to stand behind `from` or `join`. */
export type Log = (alias: string) => Statement

/** The whole log. */
const wholeLog: Log = (alias) => ({ text: `public.audit_logs ${alias}`, values: [] })

/**
 * Does work on the log as it is seen. Tables and columns go by the names that they had when an entry was written; should
 * one be renamed meanwhile, the work is done again.
 *
 * @throws BackstoryError `invalid_option`: a withheld column is none of its table, or identifies its elements
 */
export async function withLog<Result>(
  client: Client,
  sight: Sight | undefined,
  work: (log: Log) => Promise<Result>,
): Promise<Result> {
  if (sight === undefined) return work(wholeLog)
  let known = await readKnownSight(client, sight)
  for (;;) {
    const result = await work((alias) => sql`${seenLog(sight, known)} as ${plain(alias)}`)
    const now = await readKnownSight(client, sight)
    if (now.revision === known.revision) return result
    known = now
  }
}

/** A name of a table, from entry to entry; `columns` are those that are withheld then. */
interface Span {
  readonly name: string
  readonly afterId: string
  readonly untilId: string
}

interface WithheldSpan extends Span {
  readonly column: string
}

interface ElementSpan extends Span {
  readonly elementId: string
}

interface KnownSight {
  /** Grows with every change of a definition. */
  readonly revision: string
  readonly types: readonly Span[]
  readonly elements: readonly ElementSpan[]
  readonly withheld: readonly WithheldSpan[]
  /** Tables whose scope is a withheld column. */
  readonly hidesScope: readonly Span[]
}

async function readKnownSight(
  client: Client,
  { elementTypes = [], elements = [], withhold = {} }: Sight,
): Promise<KnownSight> {
  const pairs = Object.entries(withhold).flatMap(([type, columns]) => columns.map((column) => [type, column]))
  const seenElements = elements.map(({ elementType, elementId }) => [elementType, elementId])
  const [row] = await client.query(sql`
with
pairs as materialized (
  select p.pair ->> 0 as element_type, p.pair ->> 1 as column_name
  from jsonb_array_elements(${JSON.stringify(pairs)}::jsonb) as p (pair)
),
named as materialized (
  select p.element_type as asked, p.column_name, n.tracked_id, n.name, n.after_id, n.until_id
  from pairs p
  cross join lateral backstory.names_of(p.element_type) n
),
spans as (
  select n.column_name as asked, c.element_type as name, c.name as column_name, c.after_id, c.until_id
  from pairs p
  join lateral backstory.columns_of(jsonb_build_array(p.element_type), p.column_name) c on true
  join lateral (select p.column_name) n on true
  union
  -- and whatever else was called so: withholding too much is the smaller mistake
  select n.column_name, n.name, n.column_name, n.after_id, n.until_id
  from named n
)
select
  (select coalesce(max(s.id), 0) from backstory.schema_changes s)::text as revision,
  (
    select coalesce(jsonb_agg(jsonb_build_array(n.name, n.after_id::text, n.until_id::text)), '[]')
    from jsonb_array_elements_text(${JSON.stringify(elementTypes)}::jsonb) as t (name)
    cross join lateral backstory.names_of(t.name) n
  )::text as types,
  (
    select coalesce(jsonb_agg(jsonb_build_array(n.name, n.after_id::text, n.until_id::text, e.pair ->> 1)), '[]')
    from jsonb_array_elements(${JSON.stringify(seenElements)}::jsonb) as e (pair)
    cross join lateral backstory.names_of(e.pair ->> 0) n
  )::text as elements,
  (
    select coalesce(jsonb_agg(jsonb_build_array(s.name, s.after_id::text, s.until_id::text, s.column_name)), '[]')
    from spans s
  )::text as withheld,
  (
    select coalesce(jsonb_agg(distinct jsonb_build_array(n.name, n.after_id::text, n.until_id::text)), '[]')
    from named n
    join backstory.tracked t on t.id = n.tracked_id
    where t.options ->> 'scope' = n.column_name
  )::text as hides_scope,
  (
    select n.asked || '.' || n.column_name
    from named n
    left join backstory.tracked t on t.id = n.tracked_id
    where n.column_name = any (t.key_columns)
    limit 1
  ) as key_column,
  (
    select p.element_type || '.' || p.column_name
    from pairs p
    where
      not exists (
        select
        from named n
        join backstory.tracked t on t.id = n.tracked_id
        where
          n.asked = p.element_type
          and (
            exists (select from jsonb_array_elements(t.columns) c where c ->> 'name' = p.column_name)
            or exists (
              select
              from backstory.schema_changes s
              where s.tracked_id = t.id and p.column_name in (s.old_name, s.new_name)
            )
          )
      )
    limit 1
  ) as unknown_column`)
  refuse(
    row?.['unknown_column'],
    'is no column of a table that was ever tracked, so that nothing would be withheld.',
  )
  refuse(row?.['key_column'], 'identifies elements: whoever sees an entry sees it.')
  return {
    revision: row?.['revision'] ?? '0',
    types: readSpans(row?.['types']).map(toSpan),
    elements: readSpans(row?.['elements']).map((span) =>
      Object.assign(toSpan(span), { elementId: span[3] ?? '' }),
    ),
    withheld: readSpans(row?.['withheld']).map((span) =>
      Object.assign(toSpan(span), { column: span[3] ?? '' }),
    ),
    hidesScope: readSpans(row?.['hides_scope']).map(toSpan),
  }
}

function refuse(column: string | null | undefined, reason: string): void {
  if (column === null || column === undefined) return
  throw new BackstoryError('invalid_option', `The column ${column} cannot be withheld: it ${reason}`)
}

// Made so that the planner dissolves it into the statement around it: a page is still read along an index.
function seenLog(sight: Sight, known: KnownSight): Statement {
  const changes = changesSeen(known)
  const own = sql`from public.audit_logs l
  where
    ${joinStatements(
      [
        ...(sight.elementTypes === undefined ? [] : [anyOf(known.types.map(isNamed))]),
        ...(sight.elements === undefined ? [] : [anyOf(known.elements.map(isElement))]),
        ...restrictions(sight, known),
      ],
      '\n    and ',
    )}`
  const hidesScope = known.hidesScope.map(isNamed)
  return sql`(
  select
    l.id,
    l.element_type,
    l.element_id,
    ${hidesScope.length === 0 ? sql`l.scope` : sql`case when ${anyOf(hidesScope)} then null else l.scope end as scope`},
    l.user_id,
    l."timestamp",
    l.action,
    ${changes} as changes,
    l.transaction_id,
    case
      when jsonb_typeof(l.context -> 'undoes') <> 'array' or not l.context ? 'undoes' then l.context
      else l.context || jsonb_build_object(
        'undoes',
        (
          select coalesce(jsonb_agg(u.entry_id order by u.place), '[]')
          from jsonb_array_elements_text(l.context -> 'undoes') with ordinality as u (entry_id, place)
          where exists (
            select
            ${own}
            and l.id = case when u.entry_id ~ '^[0-9]{1,18}$' then u.entry_id::bigint end
          )
        )
      )
    end as context
  ${own}
)`
}

function restrictions({ scopes, userIds }: Sight, known: KnownSight): readonly Statement[] {
  return [
    // who exported what, and what they searched for
    sql`l.element_type <> 'audit_logs'`,
    ...(scopes === undefined ? [] : [isOneOf(sql`l.scope`, scopes)]),
    ...(userIds === undefined ? [] : [isOneOf(sql`l.user_id`, userIds)]),
    // an update of which nothing is left
    ...withheldByType(known).map(
      ([type, columns]) => sql`(
      l.element_type <> ${type}
      or l.action <> 'update'
      or (l.changes -> 'before') - ${columns} <> '{}'
      or (l.changes -> 'after') - ${columns} <> '{}'
      or (l.changes -> 'redacted') - ${columns} <> '[]'
    )`,
    ),
  ]
}

function changesSeen(known: KnownSight): Statement {
  const cases = withheldByType(known).map(
    ([type, columns]) =>
      sql`when l.element_type = ${type} then backstory.without_columns(l.changes, ${columns})`,
  )
  return cases.length === 0 ? sql`l.changes` : sql`(case ${joinStatements(cases, ' ')} else l.changes end)`
}

/** By each name of a table the array of what is withheld of an entry. */
function withheldByType({ withheld }: KnownSight): readonly (readonly [type: string, columns: Statement])[] {
  return [...Map.groupBy(withheld, ({ name }) => name)].map(([type, spans]) => {
    const columns = spans.map((span) => {
      const bounds = within(span)
      return bounds.length === 0
        ? sql`${span.column}`
        : sql`case when ${joinStatements(bounds, ' and ')} then ${span.column} else '' end`
    })
    // a key that is empty is withheld where none was: there is no column without a name
    return [type, sql`array[${joinStatements(columns, ', ')}]`]
  })
}

function isNamed(span: Span): Statement {
  return joinStatements([sql`l.element_type = ${span.name}`, ...within(span)], ' and ')
}

function isElement(span: ElementSpan): Statement {
  return joinStatements([isNamed(span), sql`l.element_id = ${span.elementId}`], ' and ')
}

function within({ afterId, untilId }: Span): readonly Statement[] {
  return [
    ...(afterId === '0' ? [] : [sql`l.id > ${afterId}::bigint`]),
    ...(untilId === '9223372036854775807' ? [] : [sql`l.id <= ${untilId}::bigint`]),
  ]
}

function isOneOf(column: Statement, values: readonly (string | null)[]): Statement {
  const texts = values.filter((value) => value !== null)
  return anyOf([
    ...(texts.length === 0
      ? []
      : [
          sql`${column} in (${joinStatements(
            texts.map((text) => sql`${text}`),
            ', ',
          )})`,
        ]),
    ...(values.includes(null) ? [sql`${column} is null`] : []),
  ])
}

function anyOf(conditions: readonly Statement[]): Statement {
  return conditions.length === 0 ? sql`false` : sql`(${joinStatements(conditions, ' or ')})`
}

function plain(text: string): Statement {
  return { text, values: [] }
}

type SpanTexts = readonly string[]

function readSpans(text: string | null | undefined): readonly SpanTexts[] {
  const value = parseJson(text ?? '[]')
  if (!isJsonArray(value)) return []
  return value.map((span) => (isJsonArray(span) ? span.filter((part) => typeof part === 'string') : []))
}

function toSpan([name = '', afterId = '0', untilId = '']: SpanTexts): Span {
  return { name, afterId, untilId }
}
