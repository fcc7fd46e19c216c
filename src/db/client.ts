/** A statement with its bound values, as `sql` makes it. */
export interface Statement {
  /** Text with `$1 … $n`. */
  readonly text: string
  /** Values in that order: text, or null. The statement casts them to the types that it needs. */
  readonly values: readonly (string | null)[]
  /** Asked again and again with the same text, so that a driver may have it parsed and planned once a connection. */
  readonly isFrequent?: true
}

/** One row of a result: every column as text (PostgreSQL's own), because drivers and their parsers differ. */
export type Row = Readonly<Record<string, string | null>>

/**
 * The one thing that Backstory asks of a driver. Implemented for `pg`, postgres.js and PGlite; everything in
 * `db/` is written against it. Every column that a statement selects is text, or cast to text.
 */
export interface Client {
  readonly query: (statement: Statement) => Promise<readonly Row[]>
  /** Runs a text of several statements without values, such as a migration. Nothing is returned. */
  readonly run: (text: string) => Promise<void>
  /** Runs `work` in one transaction on one connection: committed when it resolves, rolled back when it rejects. */
  readonly transaction: <Result>(work: (client: Client) => Promise<Result>) => Promise<Result>
}
