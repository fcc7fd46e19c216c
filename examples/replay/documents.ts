import { formatJson } from 'backstory'
import type pg from 'pg'

import type { Operation } from './edit.ts'

/** The table that the history is replayed into, and its name. */
export const documentsTable = 'srd_documents'
export const createDocuments = `
create table ${documentsTable} (
  kind text,
  index text,
  doc jsonb not null,
  primary key (kind, index)
)`

/**
 * Does what an operation says, in one statement.
 *
 * @returns how many rows there were: 1, or 0 where the document to update or delete does not exist
 */
export async function writeOperation(client: pg.PoolClient, operation: Operation): Promise<number> {
  const { action, kind, index } = operation
  const doc = action === 'delete' ? [] : [formatJson(operation.doc)]
  const { rowCount } = await client.query({
    name: action,
    text: statements[action],
    values: [kind, index, ...doc],
  })
  return rowCount ?? 0
}

const statements = {
  insert: `insert into ${documentsTable} (kind, index, doc) values ($1, $2, $3)`,
  update: `update ${documentsTable} set doc = $3 where kind = $1 and index = $2`,
  delete: `delete from ${documentsTable} where kind = $1 and index = $2`,
}
