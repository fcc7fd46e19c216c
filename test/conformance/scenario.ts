import type { Columns, TableName } from './tables.ts'
import type { Connected } from './driver.ts'

/** What one row of `audit_logs` is to say. */
export interface ExpectedEntry {
  readonly table: TableName
  /** `element_id` as text. */
  readonly id: string
  readonly action: 'insert' | 'update' | 'delete'
  /** As an object, or as JSON text where a number must not pass through a double. */
  readonly changes: object | string
  /** Default: `ada`. */
  readonly userId?: string | null
  /** Default: that of `ada`, which every scenario begins with. */
  readonly context?: object | null
  /** Default: none. */
  readonly scope?: string
  /** Which transaction of the scenario it belongs to, in order of their first entries. Default: 1. */
  readonly transaction?: number
}

/** The actor in whose name every scenario begins. */
export const ada = { userId: 'ada', reason: 'conformance' } as const

/** What a scenario may use beside the ORM. */
export interface Surroundings {
  /** Runs a statement on another connection, past triggers and ORM: it leaves no entry. */
  readonly unrecorded: (text: string) => Promise<void>
  /** Resolves as soon as some statement in the database waits for a lock. */
  readonly untilBlocked: () => Promise<void>
}

/** One thing that people do with their ORM, and the entries that it is to leave. */
export interface Scenario {
  /** Rows that are there before. */
  readonly given?: readonly (readonly [table: TableName, rows: readonly Columns[]])[]
  readonly run: (orm: Connected, surroundings: Surroundings) => Promise<void>
  /** In the order of transactions; within one, those of one element in order. */
  readonly entries: readonly ExpectedEntry[]
}
