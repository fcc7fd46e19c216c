import type pg from 'pg'

/** A write that is prepared: everything is loaded and changed, and not yet sent. */
export type Flush = () => Promise<unknown>

/** The writes of an application to many rows of `public.elements` at once, each in the manner of its ORM. */
export interface FlushingApplication {
  /** Loads rows where the ORM works on them, and changes one column. */
  readonly prepareUpdates: (ids: readonly string[], rank: number) => Promise<Flush>
  readonly prepareInserts: (ids: readonly string[]) => Promise<Flush>
  readonly close: () => Promise<unknown>
}

/** Who watches what an application writes; `floor`: what a listener cannot do without is sent by hand. */
export type FlushWatcher = 'nobody' | 'floor' | 'trigger' | 'listener'

/** An ORM in which Backstory records by listener. */
export interface ListenedOrm {
  readonly name: string
  /** How the rows are written, for the title. */
  readonly writes: string
  /** Opens the application over one connection. */
  readonly open: (connection: pg.ClientConfig, watcher: FlushWatcher) => Promise<FlushingApplication>
}
