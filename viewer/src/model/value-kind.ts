import { isJsonArray, isJsonNumber, isJsonObject, type JsonValue } from '../../../src/core/json.ts'

/** How a value is shown. */
export type ValueKind =
  | 'missing'
  | 'null'
  | 'boolean'
  | 'number'
  | 'date'
  | 'time'
  | 'id'
  | 'text'
  | 'prose'
  | 'list'
  | 'document'

/** What kind of value it is, by what it looks like: the log knows JSON and no types of columns. */
export function kindOfValue(value: JsonValue | undefined): ValueKind {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'number' || isJsonNumber(value)) return 'number'
  if (typeof value === 'string') return kindOfText(value)
  if (isJsonArray(value)) return value.every(isScalar) ? 'list' : 'document'
  return 'document'
}

/** Two values that are texts, and at least one of them long: they are compared word by word. Null for any others. */
export function asProse(
  before: JsonValue | undefined,
  after: JsonValue | undefined,
): { readonly before: string; readonly after: string } | null {
  if (typeof before !== 'string' || typeof after !== 'string') return null
  const kinds = [kindOfText(before), kindOfText(after)]
  const isProse = kinds.includes('prose') && kinds.every((kind) => kind === 'prose' || kind === 'text')
  return isProse ? { before, after } : null
}

function isScalar(value: JsonValue): boolean {
  return !isJsonArray(value) && !isJsonObject(value)
}

function kindOfText(text: string): ValueKind {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return 'date'
  if (/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d(?::?\d\d)?)?$/.test(text))
    return 'time'
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return 'id'
  // a sentence, or several lines: what changed of it is looked for word by word
  return text.includes('\n') || (text.length > 24 && text.includes(' ')) || text.length > 80
    ? 'prose'
    : 'text'
}
