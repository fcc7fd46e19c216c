import { skipComment } from './split-statements.ts'

/**
 * What a statement means to the riders:
 *
 * - `write`: changes rows, and may run in a transaction block;
 * - `read`: changes none as far as its text tells (a function that it calls may);
 * - `other`: definitions, `call`, `vacuum` and whatever is not known: some of it may not run in a block;
 * - `neutral`: has nothing to do with rows, or must come before any query in its transaction;
 * - the rest: what opens, ends or rewinds a transaction, or puts settings back.
 */
export type StatementKind =
  | 'write'
  | 'read'
  | 'other'
  | 'neutral'
  | 'begin'
  | 'end'
  | 'end and chain'
  | 'rollback to'
  | 'reset'

/** Tells the kind of one statement, which begins with its first word (comments and parentheses may precede it). */
export function statementKind(text: string): StatementKind {
  const first = firstWord(text)
  const kind = kinds.get(first.word)
  return typeof kind === 'function'
    ? kind(first.start === 0 ? text : text.slice(first.start))
    : (kind ?? 'other')
}

/** The first word of a text in lower case, and where it begins. */
export function firstWord(text: string): { readonly start: number; readonly word: string } {
  const start = skipLead(text)
  word.lastIndex = start
  return { start, word: word.exec(text)?.[0].toLowerCase() ?? '' }
}

type Kinds = ReadonlyMap<string, StatementKind | ((text: string) => StatementKind)>

const kinds: Kinds = new Map<string, StatementKind | ((text: string) => StatementKind)>([
  ...list('write', ['insert', 'update', 'delete', 'merge', 'truncate', 'execute']),
  ...list('read', ['select', 'values', 'table']),
  ...list('begin', ['begin', 'start']),
  ...list('reset', ['reset', 'discard']),
  ...list('neutral', [
    'set',
    'show',
    'savepoint',
    'release',
    'listen',
    'unlisten',
    'notify',
    'declare',
    'fetch',
  ]),
  ...list('neutral', ['move', 'close', 'deallocate', 'lock', 'checkpoint', '']),
  ['with', (text) => (containsWrite(text) ? 'write' : 'read')],
  ['explain', (text) => (/\banalyze\b/i.test(text) && containsWrite(text) ? 'write' : 'neutral')],
  // a block that ends transactions fails inside of one: it must stay alone
  ['do', (text) => (/\b(?:commit|rollback|call)\b/i.test(text) ? 'other' : 'write')],
  ['copy', (text) => (isCopyFrom(text) ? 'write' : 'neutral')],
  ['commit', ending],
  ['end', ending],
  ['abort', ending],
  ['rollback', (text) => (rollbackTo.test(text) ? 'rollback to' : ending(text))],
  ['prepare', (text) => (/^prepare\s+transaction\b/i.test(text) ? 'end' : 'neutral')],
])

function list(kind: StatementKind, words: readonly string[]): [string, StatementKind][] {
  return words.map((first) => [first, kind])
}

// commit prepared and rollback prepared run outside of transactions, and may as well end one
function ending(text: string): StatementKind {
  return /\band\s+chain\b/i.test(text) ? 'end and chain' : 'end'
}

const rollbackTo = /^rollback\s+(?:(?:work|transaction)\s+)?to\b/i

function isCopyFrom(text: string): boolean {
  const outside = text.replaceAll(/"[^"]*"/g, ' ').replaceAll(/\([^)]*\)/g, ' ')
  return /\b(?:from|to)\b/i.exec(outside)?.[0].toLowerCase() === 'from' && !/^copy\s*\(/i.test(text)
}

// A false alarm costs a few bytes, so that words in quotes and comments need no care. Row locks are not writes.
const writeWord = /\b(?:insert|delete|merge|execute)\b|(?<!\bfor\s+(?:no\s+key\s+)?)\bupdate\b/i

function containsWrite(text: string): boolean {
  return writeWord.test(text)
}

const word = /[a-z_]*/iy
const lead = /[\s(;]*/y

function skipLead(text: string): number {
  let at = 0
  for (;;) {
    lead.lastIndex = at
    lead.exec(text)
    at = lead.lastIndex
    if (!text.startsWith('--', at) && !text.startsWith('/*', at)) return at
    const end = skipComment(text, at)
    if (end < 0) return text.length
    at = end
  }
}
