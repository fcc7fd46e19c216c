import { styleText } from 'node:util'

import type { JsonObject } from 'backstory'

import { createTable, formatTable, pageWidth } from '../../print/page.ts'
import { formatValue } from './word-diff.ts'

/** Two states of an element side by side, older on the left; `≠` marks the fields that differ. */
export function formatStates(then: JsonObject, now: JsonObject): string {
  const width = Math.floor((pageWidth() - 17) / 2)
  const table = createTable(['', 'field', 'then', 'now'], [3, 14, width, width])
  for (const field of new Set([...Object.keys(then), ...Object.keys(now)])) {
    const [before, after] = [then, now].map((state) => formatField(state, field))
    const mark = before === after ? ' ' : styleText('yellow', '≠')
    table.push([mark, field, before ?? '', before === after ? styleText('dim', 'the same') : (after ?? '')])
  }
  return formatTable(table)
}

function formatField(state: JsonObject, field: string): string {
  const value = state[field]
  // a space after every comma, so that there is somewhere to wrap the line
  return value === undefined ? '' : formatValue(value).replaceAll(/,(?=["{[])/g, ', ')
}
