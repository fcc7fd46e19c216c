import type { Backstory, Database } from 'backstory'
import type pg from 'pg'

import type { Result } from './rounds.ts'

/** What a scenario works with. */
export interface Workplace {
  /** One connection over the Unix socket where the server is our own. */
  readonly client: pg.Client
  readonly connection: pg.ClientConfig
  readonly backstory: Backstory<Database>
  readonly rounds: number
  /** How many writes a variant does in a round. */
  readonly writes: number
}

/** What a scenario came to: its results, and a goal for one of them. */
export interface Finding {
  readonly title: string
  /** What `median` counts: `µs a write`, `bytes a change`. */
  readonly unit: string
  readonly results: readonly Result[]
  readonly goals: readonly Goal[]
}

/** A figure to reach, and the figure that was measured. */
export interface Goal {
  readonly text: string
  readonly measured: number
  readonly reached: boolean
}

/** One group of measurements, by the name under which `npm run bench -- NAME` finds it. */
export interface Scenario {
  readonly name: string
  readonly run: (workplace: Workplace) => Promise<readonly Finding[]>
}

/** A goal that is a limit for one result. */
export function atMost(
  results: readonly Result[],
  name: string,
  figure: 'ratio' | 'added' | 'median',
  limit: number,
  text: string,
): Goal {
  const measured = results.find((result) => result.name === name)?.[figure] ?? Number.NaN
  return { text, measured, reached: measured <= limit }
}
