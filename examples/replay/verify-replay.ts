import type { Backstory } from 'backstory'
import type pg from 'pg'

import type { Check } from '../print/checklist.ts'
import type { ReplayedLine } from './replay-edits.ts'
import { createSample, spotCheck } from './spot-check.ts'
import { verifyBackward } from './verify-backward.ts'
import { verifyForward } from './verify-forward.ts'

/**
 * Compares the log with the lines that were written, which are their own oracle: forward from nothing, backward
 * from the live rows, and at `spotChecks` entries chosen by `seed`.
 */
export async function verifyReplay(
  pool: pg.Pool,
  backstory: Backstory<pg.Pool>,
  lines: readonly ReplayedLine[],
  options: { readonly spotChecks: number; readonly seed: number },
): Promise<readonly Check[]> {
  const sample = createSample(options.spotChecks, options.seed)
  return [
    ...(await verifyForward(backstory, lines, sample.offer)),
    ...(await verifyBackward(pool, backstory, lines)),
    ...(await spotCheck(backstory, sample.chosen())),
  ]
}
