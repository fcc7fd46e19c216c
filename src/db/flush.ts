import type { Client } from './client.ts'
import { actingColumn } from './carry-context.ts'
import { toBackstoryError } from './errors.ts'
import { relocate, sql } from './sql.ts'

/** Rows of one table that are known by the same columns, with the place of each among the changes of its flush. */
export interface AnnouncedGroup {
  readonly schema: string
  readonly table: string
  /** Whether they are locked as for a deletion. */
  readonly isDeleted: boolean
  /** Whether the write may have brought them in. */
  readonly mayInsert: boolean
  /** Whether the keys may be others than those that were photographed. Default: they are the same. */
  readonly isMoved?: boolean
  readonly keys: readonly Readonly<Record<string, string | number | boolean | null>>[]
  readonly places: readonly number[]
}

/** The two statements of listener capture, on the connection and in the transaction of the flush. */
export interface FlushStatements {
  /**
   * Locks the rows and keeps their images in the transaction. Gives the number of the photograph. A context is put in force
   * as riders do, who know that.
   */
  readonly photograph: (groups: readonly AnnouncedGroup[], context: ContextParts | null) => Promise<string>
  /** Writes the entries. The context is its parts as riders carry them; null: the one in force in the transaction. */
  readonly record: (
    groups: readonly AnnouncedGroup[],
    photograph: string | null,
    context: ContextParts | null,
  ) => Promise<void>
}

type ContextParts = readonly [userId: string, circumstances: string]

/** The statements for the installation in `schema`. Errors of our SQL come as `BackstoryError`. */
export function createFlushStatements(client: Pick<Client, 'query'>, schema: string): FlushStatements {
  const run: Client['query'] = async ({ text, values }) => {
    try {
      return await client.query({ text: relocate(text, schema), values })
    } catch (error) {
      throw toBackstoryError(error)
    }
  }
  return {
    photograph: async (groups, context) => {
      const announced = JSON.stringify(groups)
      const [row] = await run(
        context === null
          ? sql`select backstory.photograph(${announced}::jsonb)::text as photograph`
          : sql`select backstory.photograph(${announced}::jsonb, ${context[0]}, ${context[1]})::text as ${{ text: actingColumn, values: [] }}`,
      )
      return row?.['photograph'] ?? row?.[actingColumn] ?? ''
    },
    record: async (groups, photograph, context) => {
      const [userId, circumstances] = context ?? [null, null]
      await run(
        sql`select backstory.record_flush(${JSON.stringify(groups)}::jsonb, ${photograph}::integer, ${userId}, ${circumstances})::text as entries`,
      )
    },
  }
}
