import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A row of the table of diff in docs/reference/changes.md: texts of JSON. */
export interface DiffExample {
  readonly before: string
  readonly after: string
  readonly changes: string
}

/** A row of the table of apply and rewind: texts of JSON, or `error`. */
export interface ApplyExample {
  readonly state: string
  readonly changes: string
  readonly apply: string
  readonly rewind: string
}

/** What diff is to give, as the specification says. */
export const diffExamples: readonly DiffExample[] = readTable('| before | after | changes | |').map(
  ([before = '', after = '', changes = '']) => ({ before, after, changes }),
)

/** What apply and rewind are to give, as the specification says. */
export const applyExamples: readonly ApplyExample[] = readTable('| state | changes | apply | rewind |').map(
  ([state = '', changes = '', apply = '', rewind = '']) => ({ state, changes, apply, rewind }),
)

function readTable(heading: string): readonly (readonly string[])[] {
  const lines = readFileSync(join(import.meta.dirname, '../../docs/reference/changes.md'), 'utf8').split('\n')
  const start = lines.indexOf(heading)
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'))
  if (start < 0 || end - start < 10) throw new Error(`docs/reference/changes.md has no table "${heading}".`)
  return lines.slice(start + 2, end).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim().replaceAll('`', '')),
  )
}
