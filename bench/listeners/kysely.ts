import { auditDialect } from 'backstory/kysely'
import { audited } from 'backstory/pg'
import { CompiledQuery, Kysely, PostgresDialect } from 'kysely'

import { openPool } from '../databases.ts'
import { newRow } from '../node-peers/node-peer.ts'
import type { ListenedOrm } from './application.ts'
import { sendByHand } from './floor.ts'

interface Database {
  readonly elements: {
    readonly id: string
    readonly world_id: number
    readonly kind: string
    readonly name: string
    readonly summary: string
    readonly body: string
    readonly attributes: string
    readonly rank: number
    readonly score: string
    readonly hidden: boolean
    readonly created_at: Date
    readonly updated_at: Date
  }
}

/** Kysely: one statement. */
export const kysely: ListenedOrm = {
  name: 'Kysely',
  writes: 'a statement in a transaction',
  open: (connection, watcher) => {
    const pool = openPool(connection)
    const dialect = new PostgresDialect({
      pool: watcher === 'trigger' || watcher === 'listener' ? audited(pool) : pool,
    })
    const db = new Kysely<Database>({
      dialect: watcher === 'listener' ? auditDialect(dialect, { tables: { elements: ['id'] } }) : dialect,
    })
    const flush = (
      kind: 'update' | 'insert',
      ids: readonly string[],
      write: (queries: Kysely<Database>) => Promise<unknown>,
    ) =>
      db.transaction().execute(async (transaction) => {
        if (watcher !== 'floor') return write(transaction)
        return sendByHand(
          kind,
          ids,
          ({ text, values }) => transaction.executeQuery(CompiledQuery.raw(text, [...values])),
          () => write(transaction),
        )
      })
    return Promise.resolve({
      prepareUpdates: (ids, rank) =>
        Promise.resolve(() =>
          flush('update', ids, (queries) =>
            queries
              .updateTable('elements')
              .set({ rank })
              .where('id', 'in', [...ids])
              .execute(),
          ),
        ),
      prepareInserts: (ids) =>
        Promise.resolve(() =>
          flush('insert', ids, (queries) =>
            queries
              .insertInto('elements')
              .values(
                ids.map((id) => ({
                  id,
                  ...newRow,
                  attributes: JSON.stringify(newRow.attributes),
                  created_at: new Date(),
                  updated_at: new Date(),
                })),
              )
              .execute(),
          ),
        ),
      close: () => db.destroy(),
    })
  },
}
