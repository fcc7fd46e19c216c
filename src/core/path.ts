import { BackstoryError } from './errors.ts'

/** A place in a row: the column, then keys of objects and positions in arrays; `*` stands for any of them. */
export type Path = readonly string[]

/**
 * Reads a path: `attributes.rank` with dots, or a JSON Pointer (RFC 6901) `/attributes/rank` where a key has a dot or
 * is empty. `*` stands for every key and every element: `items.*.name`.
 *
 * @throws BackstoryError `invalid_argument`: it is no path.
 *
 * @example parsePath('/attributes/a.b') // ['attributes', 'a.b']
 */
export function parsePath(text: string): Path {
  if (typeof text !== 'string') throw notPath(text, 'it is no text')
  if (text.includes('\0') || !text.isWellFormed()) throw notPath(text, 'PostgreSQL cannot hold such a text')
  if (text.startsWith('/')) return parsePointer(text)
  const path = text.split('.')
  if (path.includes('')) throw notPath(text, 'a segment is empty')
  return path
}

function parsePointer(text: string): Path {
  if (/~(?![01])/.test(text)) throw notPath(text, 'a tilde is written ~0 and a slash in a key ~1')
  return text
    .slice(1)
    .split('/')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function notPath(text: unknown, reason: string): BackstoryError {
  return new BackstoryError(
    'invalid_argument',
    `${JSON.stringify(text)} is no path: ${reason}. Write attributes.rank, items.*.name, or a JSON Pointer such as /attributes/a.b.`,
  )
}
