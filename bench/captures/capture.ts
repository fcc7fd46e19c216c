import type pg from 'pg'

/** Where a capture is installed. */
export interface Place {
  readonly client: pg.Client
  readonly connection: pg.ClientConfig
  /** The folder of the checkouts, as the reader named it. */
  readonly peers: string | undefined
}

/** One way to watch `public.elements`, in a database of its own: Backstory, a peer, or a yardstick. */
export interface Capture {
  readonly name: string
  /** What it needs of the server; where one is missing, the capture is skipped and the table says so. */
  readonly extensions?: readonly string[]
  /** The folder of its checkout below the one that the reader names; skipped where it is absent. */
  readonly checkout?: string
  /** Installs it and lets it watch the table, as its documentation says. */
  readonly install: (place: Place) => Promise<void>
  /** The tables that it writes to. */
  readonly logTables: readonly string[]
  /** A select of the number of entries in the log. Default: the rows of its first table. */
  readonly countEntries?: string
  /** A select of the bytes that the log takes. Default: its tables with their indexes and TOAST. */
  readonly measureBytes?: string
  /** A row that the application itself has to insert in every transaction that writes. */
  readonly transactionRow?: string
  /** What a reader has to know of it, beside what the measurement finds. */
  readonly note?: string
}

/** A statement that writes, with the row that the capture wants of the application in every transaction. */
export function withTransactionRow({ transactionRow }: Capture, statement: string): string {
  return transactionRow === undefined
    ? statement
    : `with transaction_row as (${transactionRow} returning 1) ${statement}`
}
