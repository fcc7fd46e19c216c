import type { QueryKey } from '../../../src/core/query/query.ts'
import { nameType } from './entry-view.ts'
import { nameKey } from './field-names.ts'
import { formatLocal, formatShortMoment, type TimeFormat } from './format-time.ts'

/** One condition of a query as it stands there. Whether it means anything the server says, which reads the whole language. */
export interface QueryChip {
  /** With its sign and quotes. */
  readonly source: string
  /** `actor`, `old.name`; null: free text. */
  readonly key: string | null
  /** Without quotes; any of them will do. */
  readonly values: readonly string[]
  readonly isNegated: boolean
}

/** The conditions of a query, in their order. */
export function splitQuery(query: string): readonly QueryChip[] {
  return (query.match(/(?:"(?:[^"\\]|\\.)*"?|[^\s"])+/g) ?? []).map((source) => {
    const isNegated = source.startsWith('-')
    const bare = isNegated ? source.slice(1) : source
    const [, key = null, list = bare] =
      /^([A-Za-z]+(?:\.(?:"(?:[^"\\]|\\.)*"|[^\s:"]+))?):(.*)$/s.exec(bare) ?? []
    const values = key === null ? [bare] : (list.match(/"(?:[^"\\]|\\.)*"|[^,]+/g) ?? [])
    return { source, key, values: values.map(unquote), isNegated }
  })
}

/** A condition in words: what it is about, and what it asks for. */
export function describeChip(
  { key, values }: QueryChip,
  time: TimeFormat,
): { readonly name: string; readonly value: string } {
  if (key === 'no') return { name: values[0] === 'actor' ? 'Who' : 'Belongs to', value: 'nobody' }
  const nameValue = (value: string) =>
    key === 'type' ? nameType(value) : /^\d{4}-.*Z$/.test(value) ? nameMoment(value, time) : value
  const value = values.map(nameValue).join(' or ')
  return { name: key === null ? 'Text' : nameSubject(key), value }
}

// a day where the reader is, or a moment of one
function nameMoment(iso: string, time: TimeFormat): string {
  const [day = '', clock] = formatLocal(iso, time).split('T')
  return clock === '00:00:00' ? day : formatShortMoment(iso, time)
}

/** The query without the condition at an index. */
export function withoutChip(query: string, index: number): string {
  return join(splitQuery(query).toSpliced(index, 1))
}

/** What a condition can be added under; null: any text. */
export type AddedKey = QueryKey | 'reason' | 'no' | null

/** The query with one more condition: another value of the same key joins those that are there; a time takes their place. */
export function withTerm(query: string, key: AddedKey, value: string): string {
  const chips = splitQuery(query)
  const written = key !== null && /^[^\s,"]+$/.test(value) ? value : quote(value)
  const source = key === null ? written : `${key}:${written}`
  const index = chips.findIndex((chip) => key !== null && !chip.isNegated && chip.key === key)
  const known = chips[index]
  if (known === undefined) return join([...chips, { source }])
  if (key === 'since' || key === 'until' || key === 'reason' || key === 'no') {
    return join(chips.with(index, { ...known, source }))
  }
  if (known.values.includes(value)) return query
  return join(chips.with(index, { ...known, source: `${known.source},${written}` }))
}

/** The query with a time, in place of the one that it has; without, where that is empty. */
export function withTime(query: string, key: 'since' | 'until', value: string): string {
  if (value !== '') return withTerm(query, key, value)
  return join(splitQuery(query).filter((chip) => chip.key !== key))
}

/** What a query asks for under a key. */
export function valuesOf(query: string, key: QueryKey): readonly string[] {
  return splitQuery(query).find((chip) => chip.key === key && !chip.isNegated)?.values ?? []
}

function nameSubject(key: string): string {
  const [side = '', ...path] = key.split('.')
  if (side === 'old' || side === 'new')
    return `${unquote(path.join('.'))} ${side === 'old' ? 'was' : 'became'}`
  if (side === 'context') return nameKey(unquote(path.join('.')))
  return subjects[key] ?? nameKey(key)
}

const subjects: Readonly<Record<string, string>> = {
  actor: 'Who',
  type: 'Type',
  element: 'Element',
  scope: 'Belongs to',
  action: 'Action',
  changed: 'Changed',
  transaction: 'Transaction',
  since: 'Since',
  until: 'Until',
  reason: 'Reason',
}

function join(chips: readonly { readonly source: string }[]): string {
  return chips.map(({ source }) => source).join(' ')
}

function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`
}

function unquote(text: string): string {
  return text.startsWith('"') ? text.replace(/^"|"$/g, '').replaceAll(/\\(.)/g, '$1') : text
}
