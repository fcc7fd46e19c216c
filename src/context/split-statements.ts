/** One statement of a text: where its first word begins, and its text from there to its semicolon or the end. */
export interface SplitStatement {
  readonly start: number
  readonly text: string
}

/**
 * What a backslash means between plain quotes: `standard_conforming_strings` decides. Where it is not known, a text
 * that depends on it is not split.
 */
export type BackslashMeaning = 'literal' | 'escape' | 'unknown'

/**
 * Splits a text into its statements as PostgreSQL's lexer does (manual: 4.1 Lexical Structure): quotes, dollar
 * quotes, nested comments and parentheses are stepped over. Empty statements are left out, comments and opening
 * parentheses before a statement too.
 *
 * Gives nothing where the text cannot be split with certainty: an unfinished quote, a backslash of unknown
 * meaning, or a function body in `begin atomic … end`, whose semicolons are its own. Whoever inserts text between
 * statements must then do without.
 */
export function splitStatements(
  text: string,
  backslash: BackslashMeaning = 'literal',
): readonly SplitStatement[] | undefined {
  const statements: SplitStatement[] = []
  let start = -1
  let depth = 0
  let at = 0
  while (at < text.length) {
    const character = text.charAt(at)
    if (isSpace(character)) {
      at++
      continue
    }
    if (text.startsWith('--', at) || text.startsWith('/*', at)) {
      at = skipComment(text, at)
      if (at < 0) return undefined
      continue
    }
    if (character === ';' && depth <= 0) {
      if (start >= 0) statements.push({ start, text: text.slice(start, at) })
      start = -1
      depth = 0
      at++
      continue
    }
    if (character === '(') depth++
    else if (character === ')') depth--
    else if (start < 0) start = at
    const next = skipToken(text, at, backslash)
    if (next < 0 || /^atomic$/i.test(text.slice(at, next))) return undefined
    at = next
  }
  if (start >= 0) statements.push({ start, text: text.slice(start) })
  return statements
}

/** The place after the comment that begins at `at`, nested ones included; -1 where it does not end. */
export function skipComment(text: string, at: number): number {
  if (text.startsWith('--', at)) {
    lineEnd.lastIndex = at
    return lineEnd.test(text) ? lineEnd.lastIndex : text.length
  }
  let depth = 0
  commentMark.lastIndex = at
  for (let mark = commentMark.exec(text); mark !== null; mark = commentMark.exec(text)) {
    depth += mark[0] === '/*' ? 1 : -1
    if (depth === 0) return commentMark.lastIndex
  }
  return -1
}

const lineEnd = /[\r\n]/g
const commentMark = /\/\*|\*\//g

/** The place after the quote, word or single character that begins at `at`; -1 where that is not certain. */
function skipToken(text: string, at: number, backslash: BackslashMeaning): number {
  const character = text.charAt(at)
  if (character === "'") return skipQuote(text, at, backslash)
  if (character === '"') return after(text, '"', at + 1)
  if (character === '$') {
    const tag = matchAt(dollarQuote, text, at)
    return tag === undefined ? at + 1 : after(text, tag, at + tag.length)
  }
  const word = matchAt(identifier, text, at)
  if (word === undefined) return at + 1
  const end = at + word.length
  return /^e$/i.test(word) && text.charAt(end) === "'" ? skipQuote(text, end, 'escape') : end
}

// a doubled quote reads as the end of one quote and the beginning of another, which comes to the same
function skipQuote(text: string, at: number, backslash: BackslashMeaning): number {
  const end = backslash === 'escape' ? skipEscapeQuote(text, at) : after(text, "'", at + 1)
  return backslash === 'unknown' && text.slice(at, end).includes('\\') ? -1 : end
}

function skipEscapeQuote(text: string, at: number): number {
  escapeOrQuote.lastIndex = at + 1
  for (let mark = escapeOrQuote.exec(text); mark !== null; mark = escapeOrQuote.exec(text)) {
    if (mark[0] === "'") return escapeOrQuote.lastIndex
  }
  return -1
}

const escapeOrQuote = /\\[^]|'/g
const dollarQuote = /\$(?:[a-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/iy
const identifier = /[a-z_\u0080-\uffff][\w$\u0080-\uffff]*/iy

function after(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from)
  return found < 0 ? -1 : found + mark.length
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}

function isSpace(character: string): boolean {
  return (
    character === ' ' ||
    character === '\n' ||
    character === '\t' ||
    character === '\r' ||
    character === '\f' ||
    character === '\v'
  )
}
