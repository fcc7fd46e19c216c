import { actions } from '../changes.ts'
import { isEntryId } from '../cursor.ts'
import { BackstoryError } from '../errors.ts'
import { parseJson } from '../json.ts'
import { parsePath } from '../path.ts'
import {
  queryKeys,
  shortContextKeys,
  type Query,
  type QueryKey,
  type QueryScalar,
  type QueryTerm,
} from './query.ts'
import { parseQueryTime } from './query-time.ts'

/**
 * Reads a query: terms between white space, all of which must hold.
 *
 * `actor:ada,bo` · `no:actor` · `type:` · `element:` · `scope:` · `action:` · `changed:attributes.rank` ·
 * `transaction:` · `since:7d` · `until:2026-01-31` · `reason:import` · `request:` · `context.job:nightly` ·
 * `old.name:Ged` · `new.attributes.hp:12` · `"free text"` · `-` in front of one says that it must not hold.
 *
 * @throws BackstoryError `invalid_query`; `details.position` is where, counted in UTF-16 units from 0
 */
export function parseQuery(text: string): Query {
  const unstorable = /[\0\p{Surrogate}]/u.exec(text)
  if (unstorable !== null) {
    throw invalid(
      unstorable.index,
      'The query holds what PostgreSQL cannot store: a NUL, or half of a surrogate pair.',
    )
  }
  const terms: QueryTerm[] = []
  let at = skipSpace(text, 0)
  while (at < text.length) {
    const read = readTerm(text, at)
    refuseRepeated(terms, read.term, at)
    terms.push(read.term)
    if (terms.length > mostTerms) throw invalid(at, `A query has at most ${mostTerms} terms.`)
    at = skipSpace(text, read.end)
  }
  return { terms }
}

const mostTerms = 50
const mostValues = 100

interface ReadTerm {
  readonly term: QueryTerm
  readonly end: number
}

function readTerm(text: string, start: number): ReadTerm {
  const negated = text[start] === '-'
  const at = negated ? start + 1 : start
  if (at >= text.length || isSpace(text, at)) {
    throw invalid(start, 'A minus stands alone. Write it in front of what must not hold: -reason:import.')
  }
  if (text[at] === '"') {
    const { value, end } = readValue(text, at)
    refuseMore(text, end)
    if (value === '') throw invalid(at, 'A text to search for must not be empty.')
    return { term: { kind: 'text', text: value, negated }, end }
  }
  const name = /^[A-Za-z]+(?=[:.])/.exec(text.slice(at))?.[0]
  if (name !== undefined && (text[at + name.length] === ':' || name in prefixes)) {
    return readNamed(text, at, name, negated)
  }
  const end = findSpace(text, at)
  const word = text.slice(at, end)
  if (word.includes(':')) throw unknownKey(at, word.slice(0, word.indexOf(':')), word)
  if (word.includes('"')) throw invalid(at + word.indexOf('"'), 'A quote begins in the middle of a word.')
  return { term: { kind: 'text', text: word, negated }, end }
}

const prefixes = { old: 'old', new: 'new', context: 'context' } as const

function readNamed(text: string, start: number, name: string, negated: boolean): ReadTerm {
  const at = start + name.length
  if (text[at] === '.') return readPrefixed(text, start, name, negated)
  const { values, end, quoted } = readValues(text, at + 1, name)
  const [value = ''] = values
  if (isKeyOf(shortContextKeys, name)) {
    return {
      term: { kind: 'context', key: shortContextKeys[name], value: onlyOne(name, values, start), negated },
      end,
    }
  }
  if (name === 'no') {
    if (values.length === 1 && !quoted && (value === 'actor' || value === 'scope')) {
      return { term: { kind: 'none', of: value, negated }, end }
    }
    throw invalid(start, `no: knows actor and scope, not ${values.join(',')}.`)
  }
  if (!isKeyOf(queryKeys, name)) {
    const word = text.slice(start, findSpace(text, start))
    throw unknownKey(start, name, word)
  }
  checkValues(name, values, start)
  if (negated && (name === 'since' || name === 'until')) {
    throw invalid(
      start,
      `${name}: cannot be negated. Write ${name === 'since' ? 'until' : 'since'}:${value}.`,
    )
  }
  return { term: { kind: 'key', key: name, values, negated }, end }
}

function readPrefixed(text: string, start: number, name: string, negated: boolean): ReadTerm {
  const at = start + name.length + 1
  const isQuoted = text[at] === '"'
  const bare = isQuoted ? '' : (/^[^\s:"]*/.exec(text.slice(at))?.[0] ?? '')
  const { value: path, end: colon } = isQuoted ? readValue(text, at) : { value: bare, end: at + bare.length }
  if (path === '' || text[colon] !== ':') {
    throw invalid(
      start,
      `Write a name and a value: ${name === 'context' ? 'context.job:nightly' : `${name}.attributes.rank:archmage`}.`,
    )
  }
  const { values, end, quoted } = readValues(text, colon + 1, name)
  const value = toScalar(onlyOne(`${name}.${path}`, values, start), quoted)
  if (name === 'context') return { term: { kind: 'context', key: path, value, negated }, end }
  checkPath(path, at)
  return { term: { kind: 'value', side: name === 'old' ? 'old' : 'new', path, value, negated }, end }
}

function readValues(
  text: string,
  start: number,
  name: string,
): { readonly values: readonly string[]; readonly end: number; readonly quoted: boolean } {
  const values: string[] = []
  let at = start
  for (;;) {
    if (at >= text.length || isSpace(text, at) || text[at] === ',') {
      throw invalid(at, `${name}: lacks a value. Write ${name}:value, or ${name}:"" for an empty one.`)
    }
    const { value, end } = readValue(text, at)
    values.push(value)
    if (values.length > mostValues) throw invalid(at, `${name}: takes at most ${mostValues} values.`)
    if (text[end] !== ',') {
      refuseMore(text, end)
      return { values, end, quoted: text[start] === '"' }
    }
    at = end + 1
  }
}

function readValue(text: string, start: number): { readonly value: string; readonly end: number } {
  if (text[start] !== '"') {
    const bare = /^[^\s,"]*/.exec(text.slice(start))?.[0] ?? ''
    return { value: bare, end: start + bare.length }
  }
  const quoted = /^"((?:[^"\\]|\\["\\])*)"/.exec(text.slice(start))
  if (quoted === null) {
    throw invalid(
      start,
      'A quote is not closed. Inside of quotes write \\" for a quote and \\\\ for a backslash.',
    )
  }
  const [whole, inside = ''] = quoted
  return { value: inside.replaceAll(/\\(["\\])/g, '$1'), end: start + whole.length }
}

function toScalar(text: string, quoted: boolean): QueryScalar {
  if (!quoted && /^(?:null|true|false|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d{1,3})?)$/.test(text)) {
    const value = parseJson(text)
    if (!Array.isArray(value) && isScalar(value)) return value
  }
  return text
}

function isScalar(value: unknown): value is QueryScalar {
  return typeof value !== 'object' || value === null || 'rawJSON' in value
}

function checkValues(name: QueryKey, values: readonly string[], at: number): void {
  switch (name) {
    case 'element':
    case 'since':
    case 'until':
    case 'transaction': {
      const value = onlyOne(name, values, at)
      if (
        name === 'transaction' &&
        !(isEntryId(value) || (/^\d{19,20}$/.test(value) && BigInt(value) < 2n ** 64n))
      ) {
        throw invalid(at, `transaction: takes a decimal number, not ${value}.`)
      }
      if (name === 'since' || name === 'until') parseQueryTime(value, name, at)
      return
    }
    case 'action': {
      const unknown = values.find((value) => !actions.some((action) => action === value))
      if (unknown !== undefined) {
        throw invalid(at, `There is no action "${unknown}". There are ${actions.join(', ')}.`)
      }
      return
    }
    case 'changed':
      for (const value of values) checkPath(value, at)
      return
    case 'actor':
    case 'type':
      if (values.includes(''))
        throw invalid(
          at,
          `${name}: takes no empty value.${name === 'actor' ? ' For entries that name nobody write no:actor.' : ''}`,
        )
      return
    case 'scope':
  }
}

function checkPath(path: string, at: number): void {
  try {
    parsePath(path)
  } catch (error) {
    throw invalid(at, error instanceof Error ? error.message : String(error))
  }
}

function onlyOne(name: string, values: readonly string[], at: number): string {
  const [value = ''] = values
  if (values.length === 1) return value
  throw invalid(at, `${name}: takes one value, not ${values.length}. Put a value that has a comma in quotes.`)
}

// both would have to hold: of one actor, two
function refuseRepeated(terms: readonly QueryTerm[], term: QueryTerm, at: number): void {
  const subject = subjectOf(term)
  if (term.negated || subject === undefined) return
  if (!terms.some((other) => !other.negated && subjectOf(other) === subject)) return
  throw invalid(
    at,
    `${subject}: is there twice, and both would have to hold.${term.kind === 'key' ? ` For one or the other write ${subject}:a,b.` : ''}`,
  )
}

function subjectOf(term: QueryTerm): string | undefined {
  switch (term.kind) {
    case 'key':
      return term.key
    case 'none':
      return term.of
    case 'context':
      return `context.${term.key}`
    case 'value':
      return `${term.side}.${term.path}`
    case 'text':
      return undefined
  }
}

function refuseMore(text: string, at: number): void {
  if (at >= text.length || isSpace(text, at)) return
  throw invalid(
    at,
    'After a value comes a space, or a comma and another value. Put a value with a quote in quotes.',
  )
}

function unknownKey(at: number, name: string, word: string): BackstoryError {
  const known = [
    ...Object.keys(queryKeys),
    ...Object.keys(shortContextKeys),
    'no',
    'context.…',
    'old.…',
    'new.…',
  ]
  return invalid(
    at,
    `There is no filter "${name}". There are ${known.join(', ')}. To search for a text put it in quotes: "${word.replaceAll('"', '')}".`,
  )
}

function isKeyOf<Key extends string>(object: Readonly<Record<Key, unknown>>, name: string): name is Key {
  return Object.hasOwn(object, name)
}

function skipSpace(text: string, start: number): number {
  let at = start
  while (at < text.length && isSpace(text, at)) at += 1
  return at
}

function findSpace(text: string, start: number): number {
  let at = start
  while (at < text.length && !isSpace(text, at)) at += 1
  return at
}

function isSpace(text: string, at: number): boolean {
  return /\s/.test(text.charAt(at))
}

function invalid(position: number, message: string): BackstoryError {
  return new BackstoryError('invalid_query', message, { details: { position } })
}
