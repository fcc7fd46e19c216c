import { parseJson, rewind, type Backstory, type JsonObject } from 'backstory'
import type pg from 'pg'

import { isJsonObject } from '../json-object.ts'
import type { Check } from '../print/checklist.ts'
import { digestJson } from './canonical-json.ts'
import { documentsTable } from './documents.ts'
import { createFindings } from './findings.ts'
import { readLogLines } from './log-lines.ts'
import { takeEntries } from './log-world.ts'
import type { ReplayedLine } from './replay-edits.ts'
import { createWorlds } from './worlds.ts'

/**
 * Goes through the log from the last entry: the live rows are the fold of all lines, and rewound line by line they
 * are the fold of the lines before, down to nothing.
 */
export async function verifyBackward(
  pool: pg.Pool,
  backstory: Backstory<pg.Pool>,
  lines: readonly ReplayedLine[],
): Promise<readonly Check[]> {
  const wrong = createFindings()
  const worlds = createWorlds()
  for (const { operations } of lines) {
    for (const { elementId, after } of operations) worlds.setExpected(elementId, after)
  }
  const states = await readLiveStates(pool)
  for (const [elementId, state] of states)
    worlds.setFound(elementId, state === null ? null : digestJson(state))
  const alive = worlds.size()
  for (const elementId of worlds.differing()) wrong.add(`the live row ${elementId}`)

  for await (const { line, entries } of readLogLines(backstory, lines, 'newest')) {
    const name = line === undefined ? `transaction ${entries[0]?.transactionId}` : `line ${line.line}`
    for (const misfit of takeEntries(entries, rewind, { states, worlds })) wrong.add(misfit)
    for (const { elementId, before } of line?.operations.toReversed() ?? [])
      worlds.setExpected(elementId, before)
    for (const elementId of worlds.differing()) wrong.add(`${elementId} before ${name}`)
  }
  if (worlds.size() > 0) wrong.add(`${worlds.size()} elements are left before the first line`)
  return [
    {
      claim: 'rewinding from the live rows, the world as of every line is the same, down to nothing',
      ...wrong.judge(`${lines.length} worlds, ${alive} live rows`),
    },
  ]
}

async function readLiveStates(pool: pg.Pool): Promise<Map<string, JsonObject | null>> {
  const { rows } = await pool.query<{ kind: string; index: string; state: string }>(
    `select kind, index, to_jsonb(d)::text as state from ${documentsTable} d`,
  )
  return new Map(
    rows.map(({ kind, index, state }) => {
      const value = parseJson(state)
      return [JSON.stringify([kind, index]), isJsonObject(value) ? value : null]
    }),
  )
}
