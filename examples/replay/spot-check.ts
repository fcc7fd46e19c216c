import { BackstoryError, type Backstory } from 'backstory'
import type pg from 'pg'

import type { Check } from '../print/checklist.ts'
import { digestJson } from './canonical-json.ts'
import { documentsTable } from './documents.ts'
import { createFindings } from './findings.ts'
import type { KnownEntry } from './verify-forward.ts'

/** Chooses entries at random out of a stream of unknown length: each is as likely as any other. */
export interface Sample {
  readonly offer: (known: KnownEntry) => void
  readonly chosen: () => readonly KnownEntry[]
}

/** A sample of `size` entries; the same seed chooses the same ones. */
export function createSample(size: number, seed: number): Sample {
  const chosen: KnownEntry[] = []
  const random = createRandom(seed)
  let offered = 0
  return {
    // reservoir sampling (Vitter's algorithm R)
    offer: (known) => {
      offered += 1
      const place = chosen.length < size ? chosen.length : Math.floor(random() * offered)
      if (place < size) chosen[place] = known
    },
    chosen: () => chosen,
  }
}

/** Asks the database itself: the element right after an entry, `element(…).at(entry)`, is what the fold has. */
export async function spotCheck(
  backstory: Backstory<pg.Pool>,
  sample: readonly KnownEntry[],
): Promise<readonly Check[]> {
  const wrong = createFindings()
  for (const { entry, after } of sample) {
    try {
      const state = await backstory.element(documentsTable, entry.elementId).at(entry)
      const found = state === null ? null : digestJson(state)
      if (found !== after) wrong.add(`${entry.elementId} after entry ${entry.id}`)
    } catch (error) {
      if (!(error instanceof BackstoryError)) throw error
      wrong.add(`${entry.elementId} after entry ${entry.id}: ${error.message}`)
    }
  }
  const gone = sample.filter(({ after }) => after === null).length
  return [
    {
      claim: 'element().at(entry) gives the same, for elements and entries chosen at random',
      ...wrong.judge(`${sample.length} states, ${gone} of them of elements that were just deleted`),
    },
  ]
}

// mulberry32: small, and the same everywhere
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
