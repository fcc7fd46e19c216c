import { createHash } from 'node:crypto'

import { formatJson, type JsonValue } from 'backstory'

import { isJsonObject } from '../json-object.ts'

/**
 * One text for everything that PostgreSQL's `jsonb` holds to be one value: keys in order, numbers without exponent,
 * their scale kept (`1.0` is not `1`). Written apart from Backstory's own comparison, because it is what judges it.
 *
 * @example canonicalJson(parseJson('{"b": 1.50e1, "a": null}')) // '{"a":null,"b":15.0}'
 */
export function canonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (isJsonObject(value)) {
    const members = Object.keys(value)
      .toSorted()
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`)
    return `{${members.join(',')}}`
  }
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return JSON.stringify(value)
  return canonicalNumber(formatJson(value))
}

/** A short stand-in for a value: two values have the same one if `jsonb` holds them to be the same. */
export function digestJson(value: JsonValue): string {
  return digestText(canonicalJson(value))
}

/** The digest of a value whose canonical text is there already. */
export function digestText(canonical: string): string {
  return createHash('sha256').update(canonical).digest('base64url')
}

// as numeric_in does: the scale is that of the text, moved by the exponent, and never negative
function canonicalNumber(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = number.exec(text) ?? []
  const shift = Number(exponent)
  if (Math.abs(shift) > greatestShift) return text
  const scale = Math.max(fraction.length - shift, 0)
  const digits = `${whole}${fraction}${'0'.repeat(Math.max(shift - fraction.length, 0))}`.padStart(
    scale + 1,
    '0',
  )
  const integer = digits.slice(0, digits.length - scale).replace(/^0+(?=\d)/, '')
  const decimals = scale === 0 ? '' : `.${digits.slice(-scale)}`
  return `${/[1-9]/.test(digits) ? sign : ''}${integer}${decimals}`
}

const number = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/
// beyond it PostgreSQL refuses the number
const greatestShift = 131_072
