import type pg from 'pg'

import type { Databases } from './databases.ts'
import type { Result } from './rounds.ts'

/** What a scenario works with. */
export interface Workplace {
  /** Makes and drops the databases of this run. */
  readonly databases: Databases
  readonly rounds: number
  /** How many writes a variant does in a round. */
  readonly writes: number
  /** How many rows the written table has, and a statement over many rows writes. */
  readonly rows: number
  /** How many entries the longest log has. */
  readonly largestLog: number
  readonly quick: boolean
  /** Folders that the reader named. */
  readonly peers: string | undefined
  readonly nodePeers: string | undefined
  /** A file of edits, as examples/replay takes it: the shape of the long logs. */
  readonly historyFile: string | undefined
}

/** What a scenario came to: its results, and goals for some of them. */
export interface Finding {
  readonly title: string
  /** What `median` counts: `µs a write`, `bytes a change`. */
  readonly unit: string
  readonly results: readonly Result[]
  readonly goals: readonly Goal[]
  /** What a reader has to know to read the table rightly. */
  readonly notes?: readonly string[]
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
  readonly run: (workplace: Workplace) => AsyncIterable<Finding>
}

/** Asks for one number. */
export async function readNumber(
  client: pg.ClientBase,
  text: string,
  values: readonly unknown[] = [],
): Promise<number> {
  const { rows } = await client.query<Record<string, unknown>>({ text, values: [...values] })
  const [row = {}] = rows
  return Number(Object.values(row)[0] ?? Number.NaN)
}

/** A goal that is a limit for one result; none where there is no such result. */
export function atMost(
  results: readonly Result[],
  name: string,
  figure: 'ratio' | 'added' | 'median',
  limit: number,
  text: string,
): readonly Goal[] {
  const measured = results.find((result) => result.name === name)?.[figure]
  return measured === undefined ? [] : [{ text, measured, reached: measured <= limit }]
}
