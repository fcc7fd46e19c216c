import { currentContextText, splitContextText } from '../../context/context.ts'
import { BackstoryError } from '../../core/errors.ts'
import type { Row } from '../../db/client.ts'
import { toBackstoryError } from '../../db/errors.ts'
import { createFlushStatements, heldPhotograph } from '../../db/flush.ts'
import { writePhotographFound, type FoundRows } from '../../db/found-rows.ts'
import { createRecorder, type Announcement, type FlushClient, type RowKey } from '../recorder.ts'

/** A connection in a transaction, as a library that sees whole statements has it. */
export interface StatementConnection {
  /** Runs one statement with bound values. Every column comes as text. Rejects with the error of the database. */
  readonly query: (text: string, values: readonly (string | null)[]) => Promise<readonly Row[]>
}

/** A table whose writes are recorded by listener. */
export interface ListenedTable {
  readonly schema: string
  readonly name: string
  /** The columns of its primary key. */
  readonly key: readonly string[]
}

/** What records statements, one by one, inside of the transaction of each. */
export interface StatementRecorder {
  /**
   * A statement that writes the rows that a query finds: `text` gives their keys as texts, and locks them. `run` runs another
   * text with the values of that one, which are `parameters`, and more of them.
   */
  readonly changing: <Result>(
    connection: StatementConnection,
    table: ListenedTable,
    found: {
      readonly isDeleted: boolean
      readonly text: string
      readonly parameters: number
      readonly run: (text: string, more: readonly (string | null)[]) => Promise<readonly Row[]>
      /** How many rows the statement says that it has written. */
      readonly countOf: (result: Result) => number | undefined
    },
    write: () => Promise<Result>,
  ) => Promise<Result>
  /** The same of rows whose keys are known. */
  readonly changingKnown: <Result>(
    connection: StatementConnection,
    table: ListenedTable,
    operation: 'update' | 'delete',
    keys: readonly RowKey[],
    write: () => Promise<Result>,
  ) => Promise<Result>
  /**
   * A statement that inserts. `keysOf` says which rows it has inserted; `conflicting` finds the rows that it may update in
   * place of that, by unique columns.
   */
  readonly inserting: <Result>(
    connection: StatementConnection,
    table: ListenedTable,
    conflicting: readonly RowKey[],
    write: () => Promise<{ readonly result: Result; readonly inserted: readonly RowKey[] }>,
  ) => Promise<Result>
}

/** Makes the recorder for an installation in `schema`. */
export function createStatementRecorder(schema: string): StatementRecorder {
  const recorder = createRecorder({ schema, isByKey: true })
  const around = async <Result>(
    connection: StatementConnection,
    announced: readonly Announcement[],
    table: ListenedTable,
    write: () => Promise<{ readonly result: Result; readonly inserted: readonly RowKey[] }>,
  ): Promise<Result> => {
    const flush = await recorder.photograph(clientOf(connection), announced)
    const { result, inserted } = await write()
    await flush.record(inserted.map((key) => announce(table, 'insert', key)))
    return result
  }
  return {
    changing: async (connection, table, { isDeleted, text, parameters, run, countOf }, write) => {
      const rows: FoundRows = {
        schema: table.schema,
        table: table.name,
        isDeleted,
        mayInsert: false,
        isByKey: true,
      }
      const photograph = writePhotographFound(text, parameters, schema)
      const [row] = await run(photograph, [JSON.stringify(rows), null, null, null]).catch(raise)
      const result = await write()
      const number = row?.[heldPhotograph]
      const written = countOf(result)
      if (typeof number !== 'string' && written !== undefined && written > 0) {
        throw cannotRecord(
          `${written} rows that another transaction has brought in since its condition found none`,
          table,
          'run the transaction again',
        )
      }
      if (typeof number === 'string') {
        const context = currentContextText()
        await createFlushStatements(clientOf(connection), schema).record(
          { written },
          number,
          context === '' ? null : splitContextText(context),
        )
      }
      return result
    },
    changingKnown: (connection, table, operation, keys, write) =>
      around(
        connection,
        keys.map((key) => announce(table, operation, key)),
        table,
        async () => ({ result: await write(), inserted: [] }),
      ),
    inserting: (connection, table, conflicting, write) =>
      around(
        connection,
        conflicting.map((key) => announce(table, 'upsert', key)),
        table,
        write,
      ),
  }
}

/** The error for a statement that would leave no entry, or a wrong one. */
export function cannotRecord(what: string, table: ListenedTable, instead: string): BackstoryError {
  return new BackstoryError(
    'not_recordable',
    `Table ${table.name} is recorded by listener, which cannot record ${what}: ${instead}, or track the table by trigger.`,
    { details: { table: table.name } },
  )
}

function announce(table: ListenedTable, operation: Announcement['operation'], key: RowKey): Announcement {
  return { table: { schema: table.schema, name: table.name }, operation, key }
}

function clientOf(connection: StatementConnection): FlushClient {
  return { query: ({ text, values }) => connection.query(text, values) }
}

function raise(error: unknown): never {
  throw toBackstoryError(error)
}
