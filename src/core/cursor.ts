import { BackstoryError } from './errors.ts'
import { hashText } from './hash-text.ts'
import { formatJson, isJsonArray, isJsonObject, parseJson, type JsonValue } from './json.ts'

/** A position in the entries that a filter describes. */
export interface Cursor {
  /** The last entry that was read, as decimal text. */
  readonly id: string
  /** Everything that decides which entries there are and in which order. The order of its keys says nothing. */
  readonly filter: JsonValue
}

/**
 * Writes a cursor: the base64url of `{"v":1,"id":"42","filter":"<16 hexadecimal digits>"}`, the last being a
 * fingerprint of the filter.
 *
 * The fingerprint protects from mistakes, such as going on with another filter, and not from attackers: it is no
 * signature, and whoever may read entries may write himself a cursor. A cursor grants nothing that its filter does not.
 *
 * @throws BackstoryError `invalid_argument`: the id is not the decimal text of a bigint.
 */
export function encodeCursor(cursor: Cursor): string {
  if (!isEntryId(cursor.id)) {
    throw new BackstoryError(
      'invalid_argument',
      `The id of an entry is a decimal number as text, not "${cursor.id}".`,
    )
  }
  return writeParts({ v: version, id: cursor.id, filter: fingerprint(cursor.filter) })
}

/**
 * Reads what `encodeCursor` wrote for the same filter.
 *
 * @throws BackstoryError `invalid_cursor`: it is malformed, of another version, or of another filter.
 */
export function decodeCursor(text: string, filter: JsonValue): Cursor {
  const parts = readParts(text)
  if (parts === undefined) {
    throw new BackstoryError(
      'invalid_cursor',
      'The cursor is malformed. Pass `nextCursor` of a page as it was returned, or none to begin with the first page.',
    )
  }
  if (parts['v'] !== version) {
    throw new BackstoryError(
      'invalid_cursor',
      'The cursor was made by another version of backstory. Begin again without a cursor.',
    )
  }
  const { id, filter: made } = parts
  if (typeof id !== 'string' || typeof made !== 'string' || !isEntryId(id)) {
    throw new BackstoryError(
      'invalid_cursor',
      'The cursor is malformed: it holds no entry. Pass `nextCursor` of a page as it was returned, or none.',
    )
  }
  if (made !== fingerprint(filter)) {
    throw new BackstoryError(
      'invalid_cursor',
      'The cursor belongs to another filter or order. Pass the same filter as for the page that it came with, or no cursor.',
    )
  }
  return { id, filter }
}

const version = 1

/** The base64url of a JSON object of ASCII characters: how every cursor travels. */
export function writeParts(parts: Readonly<Record<string, string | number | null>>): string {
  return btoa(JSON.stringify(parts)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** What `writeParts` was given; undefined where the text is nothing of the kind. */
export function readParts(text: string): Readonly<Record<string, JsonValue>> | undefined {
  if (!/^[\w-]+$/.test(text)) return undefined
  try {
    const parts = parseJson(atob(text.replaceAll('-', '+').replaceAll('_', '/')))
    return isJsonObject(parts) ? parts : undefined
  } catch {
    return undefined
  }
}

/** Whether a text is the decimal text of a bigint that is not negative. */
export function isEntryId(text: string): boolean {
  return /^(?:0|[1-9]\d{0,18})$/.test(text) && BigInt(text) <= 9_223_372_036_854_775_807n
}

/** Of the filter's JSON with sorted keys. */
function fingerprint(filter: JsonValue): string {
  return hashText(formatJson(sortKeys(filter)))
}

function sortKeys(value: JsonValue): JsonValue {
  if (isJsonArray(value)) return value.map(sortKeys)
  if (!isJsonObject(value)) return value
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(entries.map(([key, item]) => [key, sortKeys(item)]))
}
