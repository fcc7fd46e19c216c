import type { Backstory, Entry } from 'backstory'
import type pg from 'pg'

import { documentsTable } from './documents.ts'
import type { ReplayedLine } from './replay-edits.ts'

/** A line, and what the log holds of it. */
export interface LogLine {
  /** undefined: the entries are of a transaction that was none of the lines. */
  readonly line: ReplayedLine | undefined
  /** All of one transaction, in the order in which they were read. */
  readonly entries: readonly Entry[]
}

/**
 * Reads the whole log, line by line, from the first or from the last. Lines were written one after another, each in
 * its own transaction, so their entries stand together. A line without entries comes all the same.
 */
export async function* readLogLines(
  backstory: Backstory<pg.Pool>,
  lines: readonly ReplayedLine[],
  order: 'oldest' | 'newest',
): AsyncGenerator<LogLine> {
  const known = new Set(lines.map(({ transactionId }) => transactionId))
  const waiting = order === 'oldest' ? [...lines] : lines.toReversed()
  for await (const { transactionId, entries } of readTransactions(backstory, order)) {
    while (known.has(transactionId)) {
      const line = waiting.shift()
      if (line === undefined || line.transactionId === transactionId) {
        yield { line, entries }
        break
      }
      yield { line, entries: [] }
    }
    if (!known.has(transactionId)) yield { line: undefined, entries }
  }
  for (const line of waiting) yield { line, entries: [] }
}

interface TransactionEntries {
  readonly transactionId: string
  readonly entries: readonly Entry[]
}

async function* readTransactions(
  backstory: Backstory<pg.Pool>,
  order: 'oldest' | 'newest',
): AsyncGenerator<TransactionEntries> {
  let entries: Entry[] = []
  for await (const entry of backstory.entries({ elementType: documentsTable, order, limit: 1000 })) {
    const { transactionId = entry.transactionId } = entries[0] ?? {}
    if (entry.transactionId !== transactionId) {
      yield { transactionId, entries }
      entries = []
    }
    entries.push(entry)
  }
  const [first] = entries
  if (first !== undefined) yield { transactionId: first.transactionId, entries }
}
