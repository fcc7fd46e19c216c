import { formatJson } from '../json.ts'
import { shortContextKeys, type Query, type QueryScalar, type QueryTerm } from './query.ts'

/** Writes a query. `parseQuery` is the inverse. */
export function formatQuery({ terms }: Query): string {
  return terms.map(formatTerm).join(' ')
}

/** Writes one term of a query, as a viewer shows it in a chip. */
export function formatTerm(term: QueryTerm): string {
  const sign = term.negated ? '-' : ''
  switch (term.kind) {
    case 'key':
      return `${sign}${term.key}:${term.values.map(formatValue).join(',')}`
    case 'none':
      return `${sign}no:${term.of}`
    case 'context':
      return `${sign}${formatContextKey(term.key, term.value)}:${formatScalar(term.key, term.value)}`
    case 'value':
      return `${sign}${term.side}.${formatPath(term.path)}:${formatScalar('', term.value)}`
    case 'text':
      return `${sign}${/^[^\s":-][^\s":]*$/.test(term.text) && !/^(?:old|new|context)\./.test(term.text) ? term.text : quote(term.text)}`
  }
}

// the short names stand for texts alone
function formatContextKey(key: string, value: QueryScalar): string {
  const short = Object.entries(shortContextKeys).find(([, long]) => long === key)?.[0]
  return short !== undefined && typeof value === 'string' ? short : `context.${formatPath(key)}`
}

function formatScalar(contextKey: string, value: QueryScalar): string {
  if (typeof value !== 'string') return formatJson(value)
  const isShort = Object.values(shortContextKeys).some((long) => long === contextKey)
  return !isShort && looksLikeJson.test(value) ? quote(value) : formatValue(value)
}

const looksLikeJson = /^(?:null|true|false|-?\d.*)$/

function formatPath(path: string): string {
  return /^[^\s:"]+$/.test(path) ? path : quote(path)
}

function formatValue(value: string): string {
  return /^[^\s,"]+$/.test(value) ? value : quote(value)
}

function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}
