import { styleText } from 'node:util'

import { createTable, formatTable, pageWidth } from './page.ts'

/** Something that has to be true in the end, and what was found. */
export interface Check {
  readonly claim: string
  readonly held: boolean
  readonly found: string
}

/** The checks, one line each, with a mark, and a word for what did not hold. */
export function formatChecklist(checks: readonly Check[]): string {
  const width = pageWidth() - 3
  const claimWidth = Math.floor(width * 0.62)
  const table = createTable([], [3, claimWidth, width - claimWidth])
  for (const { claim, held, found } of checks) {
    const mark = held ? styleText('green', '✓') : styleText('red', '✗')
    table.push([mark, held ? claim : styleText('red', `FAILED: ${claim}`), styleText('dim', found)])
  }
  return formatTable(table)
}
