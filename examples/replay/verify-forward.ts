import { apply, type Backstory, type Entry, type JsonObject } from 'backstory'
import type pg from 'pg'

import type { Check } from '../print/checklist.ts'
import { isChange, type FoldedOperation } from './fold.ts'
import { createFindings } from './findings.ts'
import { readLogLines } from './log-lines.ts'
import { takeEntries } from './log-world.ts'
import type { ReplayedLine } from './replay-edits.ts'
import { createWorlds } from './worlds.ts'

/** An entry, and the element right after it as the fold has it. */
export interface KnownEntry {
  readonly entry: Entry
  readonly after: string | null
}

/**
 * Goes through the log from the first entry: each line has the entries that it must have, in their order, by its
 * author; and the world that they build from nothing is, after every line, the fold of the lines so far.
 */
export async function verifyForward(
  backstory: Backstory<pg.Pool>,
  lines: readonly ReplayedLine[],
  onEntry: (known: KnownEntry) => void = () => {},
): Promise<readonly Check[]> {
  const operations = lines.flatMap((line) => line.operations)
  const unchanged = operations.length - operations.filter(isChange).length
  const [wrongEntries, wrongAuthors, wrongWorlds] = [createFindings(), createFindings(), createFindings()]
  const worlds = createWorlds()
  const states = new Map<string, JsonObject | null>()
  let count = 0
  for await (const { line, entries } of readLogLines(backstory, lines, 'oldest')) {
    const name = line === undefined ? `transaction ${entries[0]?.transactionId}` : `line ${line.line}`
    const changes = line?.operations.filter(isChange) ?? []
    count += entries.length
    if (!isSameSequence(entries, changes)) {
      wrongEntries.add(`${name} has ${changes.length} changes and ${entries.length} entries, or other ones`)
    }
    for (const [place, entry] of entries.entries()) {
      if (entry.userId !== line?.author)
        wrongAuthors.add(`entry ${entry.id} of ${name} names ${entry.userId}`)
      const change = changes[place]
      if (change !== undefined) onEntry({ entry, after: change.after })
    }
    for (const misfit of takeEntries(entries, apply, { states, worlds })) wrongWorlds.add(misfit)
    for (const { elementId, after } of line?.operations ?? []) worlds.setExpected(elementId, after)
    for (const elementId of worlds.differing()) wrongWorlds.add(`${elementId} as of ${name}`)
  }
  const authors = new Set(lines.map(({ author }) => author)).size
  return [
    {
      claim: 'each line has an entry for every operation that changes its document, in order',
      ...wrongEntries.judge(
        `${operations.length} operations, ${count} entries; ${unchanged} changed nothing`,
      ),
    },
    { claim: 'every entry names its author', ...wrongAuthors.judge(`${authors} authors`) },
    {
      claim: 'going forward from nothing, the world as of every line is the fold of the lines so far',
      ...wrongWorlds.judge(`${lines.length} worlds, ${worlds.size()} elements in the last`),
    },
  ]
}

function isSameSequence(entries: readonly Entry[], changes: readonly FoldedOperation[]): boolean {
  return (
    entries.length === changes.length &&
    entries.every(
      ({ action, elementId }, place) =>
        action === changes[place]?.action && elementId === changes[place]?.elementId,
    )
  )
}
