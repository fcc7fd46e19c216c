import { BackstoryError } from '../../core/errors.ts'
import type { TrackOptions } from '../../db/track.ts'
import type { NamedInSchema } from '../tables/references.ts'
import type { AuditedOptions, ColumnMark, MarkedProperty } from './audited.ts'

/** A model of an ORM, as far as tracking its table is concerned. */
export interface Model {
  /** How its errors call it. */
  readonly name: string
  readonly table: NamedInSchema
  /** What it is marked with; `undefined` where it is not. */
  readonly audited: AuditedOptions | undefined
  readonly marked: readonly MarkedProperty[]
  /** The columns of each property, by its path: none where it has no column of its own. */
  readonly columns: ReadonlyMap<string, readonly string[]>
}

/** Reads the value of an option or property `audited` of a definition: `true`, or the options. */
export function parseAudited(value: unknown, name: string): AuditedOptions | undefined {
  if (value === undefined || value === false) return undefined
  if (value === true) return {}
  // backstory.track checks what is in it
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw invalid(`${name} has audited: ${JSON.stringify(value)}; it is true or the options of tracking.`)
}

/** Reads the option `audited` of a property of a definition. */
export function parseColumnMark(value: unknown, name: string): ColumnMark | undefined {
  switch (value) {
    case undefined:
    case 'scope':
    case 'label':
    case 'ignore':
    case 'redact':
      return value
    default:
      throw invalid(
        `${name} has audited: ${JSON.stringify(value)}; a property is scope, label, ignore or redact.`,
      )
  }
}

/**
 * The options of `track` for a model's table: what it is marked with, and what is given, by columns. What is given wins, but
 * a redaction is never taken away.
 *
 * @throws BackstoryError `unknown_column` for a property without a column; `invalid_option` for what contradicts itself,
 *   `invalid_argument` for a name that may be one column or another
 */
export function settleOptions(model: Model, given: TrackOptions): TrackOptions {
  const marked = resolveNames(model, withMarks(model))
  const settled = { ...marked, ...resolveNames(model, given) }
  for (const column of [...(marked.redact ?? []), ...(settled.redact ?? [])]) {
    if (settled.redact?.includes(column) !== true) {
      throw contradiction(
        model,
        `${column} is marked as redacted, and the options that are given for it redact only ${settled.redact?.join(', ') || 'nothing'}. Name it there too, or take the mark away.`,
      )
    }
    const role = (['scope', 'label', 'ignore', 'key'] as const).find((name) =>
      [settled[name]].flat().includes(column),
    )
    if (role !== undefined) throw contradiction(model, `${column} is redacted, and its ${role} as well.`)
  }
  return settled
}

function withMarks(model: Model): AuditedOptions {
  const { audited = {}, marked } = model
  const named = (mark: ColumnMark) =>
    marked.filter((one) => one.mark === mark).map(({ property }) => property)
  const single = (mark: 'scope' | 'label') => {
    const names = new Set([...named(mark), ...(audited[mark] === undefined ? [] : [audited[mark]])])
    if (names.size > 1)
      throw contradiction(model, `${[...names].join(' and ')} are each marked as its ${mark}.`)
    const [name] = names
    return name === undefined ? {} : { [mark]: name }
  }
  const list = (mark: 'ignore' | 'redact') => {
    const names = new Set([...(audited[mark] ?? []), ...named(mark)])
    return names.size === 0 ? {} : { [mark]: [...names] }
  }
  return { ...audited, ...single('scope'), ...single('label'), ...list('ignore'), ...list('redact') }
}

// what is of the wrong kind is left for backstory.track to refuse
function resolveNames(model: Model, options: TrackOptions): TrackOptions {
  const { scope, label, ignore, redact, key, ...rest } = options
  const list = (names: readonly string[]) =>
    Array.isArray(names) ? [...new Set(names.flatMap((name) => columnsOf(model, name)))] : names
  return {
    ...rest,
    ...(scope === undefined ? {} : { scope: columnOf(model, 'scope', scope) }),
    ...(label === undefined ? {} : { label: columnOf(model, 'label', label) }),
    ...(ignore === undefined ? {} : { ignore: list(ignore) }),
    ...(redact === undefined ? {} : { redact: list(redact) }),
    ...(key === undefined ? {} : { key: list(key) }),
  }
}

function columnOf(model: Model, role: string, name: string): string {
  const [column, ...others] = columnsOf(model, name)
  if (column !== undefined && others.length === 0) return column
  throw contradiction(model, `${name} has several columns and cannot be its ${role}: name one of them.`)
}

// a name that is no property is that of a column: whether the table has it, the database knows
function columnsOf({ name: model, columns }: Model, name: string): readonly string[] {
  const own = columns.get(name)
  if (own === undefined || own.includes(name)) return own ?? [name]
  if (own.length === 0) {
    throw new BackstoryError('unknown_column', `${model}.${name} has no column of its own.`, {
      details: { entity: model, property: name },
    })
  }
  const [other] = [...columns].find(([, names]) => names.includes(name)) ?? []
  if (other === undefined) return own
  throw invalid(
    `${name} may be the property of ${model} or the column of its ${other}. Write ${own.join(', ')} or ${other}.`,
  )
}

function contradiction({ name }: Model, what: string): BackstoryError {
  return new BackstoryError('invalid_option', `${name}: ${what}`, { details: { entity: name } })
}

function invalid(message: string): BackstoryError {
  return new BackstoryError('invalid_argument', message)
}
