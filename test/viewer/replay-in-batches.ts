import { actingAs, formatJson } from 'backstory'
import type pg from 'pg'

import { documentsTable } from '../../examples/replay/documents.ts'
import type { Edit, Operation } from '../../examples/replay/edit.ts'

/**
 * Writes edits into the documents table, each in one transaction as its author: what `examples/replay` does operation by
 * operation, a statement for a run of operations of one kind, since nobody measures here.
 */
export async function replayInBatches(pool: pg.Pool, edits: AsyncIterable<Edit>): Promise<void> {
  const client = await pool.connect()
  for await (const { author, commit, timestamp, operations } of edits) {
    await actingAs({ userId: author, commit, editedAt: timestamp }, async () => {
      await client.query('begin')
      for (const run of runsOf(operations)) {
        const rows = run.map((operation) => ({
          kind: operation.kind,
          index: operation.index,
          doc: operation.action === 'delete' ? null : formatJson(operation.doc),
        }))
        const [{ action }] = run
        const { rowCount } = await client.query(statements[action], [JSON.stringify(rows)])
        if (rowCount !== rows.length)
          throw new Error(`${commit}: ${action} of ${rows.length} did ${rowCount}.`)
      }
      await client.query('commit')
    })
  }
  client.release()
}

const given = `jsonb_to_recordset($1::jsonb) as given (kind text, index text, doc text)`
const statements = {
  insert: `insert into ${documentsTable} (kind, index, doc) select kind, index, doc::jsonb from ${given}`,
  update: `update ${documentsTable} as d set doc = given.doc::jsonb from ${given} where (d.kind, d.index) = (given.kind, given.index)`,
  delete: `delete from ${documentsTable} as d using ${given} where (d.kind, d.index) = (given.kind, given.index)`,
}

type Run = [Operation, ...Operation[]]

// neither another kind of operation nor the same document again
function runsOf(operations: readonly Operation[]): readonly Run[] {
  const runs: Run[] = []
  let known = new Set<string>()
  for (const operation of operations) {
    const name = `${operation.kind} ${operation.index}`
    const last = runs.at(-1)
    if (last === undefined || last[0].action !== operation.action || known.has(name)) {
      runs.push([operation])
      known = new Set()
    } else last.push(operation)
    known.add(name)
  }
  return runs
}
