import { actingAs } from 'backstory'
import type pg from 'pg'

import { ExplainedError } from '../explained-error.ts'
import { writeOperation } from './documents.ts'
import type { Edit } from './edit.ts'
import { createFold, type FoldedOperation } from './fold.ts'

/** A line that was written, and what the log has to say about it. */
export interface ReplayedLine {
  readonly line: number
  readonly author: string
  readonly transactionId: string
  readonly operations: readonly FoldedOperation[]
}

/** A history that was written. */
export interface Replayed {
  readonly lines: readonly ReplayedLine[]
  /** Of the writing alone, without reading and parsing the file. */
  readonly durationMs: number
}

/**
 * Writes edits into the documents table: each in one transaction, as its author.
 *
 * @throws ExplainedError naming the line that the database refuses, or whose document is not there; when there is none
 */
export async function replayEdits(
  pool: pg.Pool,
  edits: AsyncIterable<Edit>,
  onLine: (line: number) => void = () => {},
): Promise<Replayed> {
  const lines: ReplayedLine[] = []
  const fold = createFold()
  let durationMs = 0
  const client = await pool.connect()
  try {
    for await (const edit of edits) {
      const { line, author, commit, timestamp } = edit
      const start = performance.now()
      const transactionId = await actingAs({ userId: author, commit, editedAt: timestamp }, () =>
        writeEdit(client, edit),
      )
      durationMs += performance.now() - start
      lines.push({ line, author, transactionId, operations: fold.add(edit) })
      onLine(line)
    }
  } finally {
    client.release()
  }
  if (lines.length === 0)
    throw new ExplainedError('The file holds no edit, so that there is nothing to replay.')
  return { lines, durationMs }
}

async function writeEdit(client: pg.PoolClient, { line, operations }: Edit): Promise<string> {
  await client.query('begin')
  try {
    for (const [place, operation] of operations.entries()) {
      const rows = await writeOperation(client, operation)
      if (rows !== 1)
        throw refused(line, place, `there is no ${operation.kind} ${operation.index} to ${operation.action}`)
    }
    const { rows } = await client.query<{ id: string }>('select pg_current_xact_id()::text as id')
    await client.query('commit')
    return rows[0]?.id ?? ''
  } catch (error) {
    await client.query('rollback')
    if (error instanceof ExplainedError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new ExplainedError(`Line ${line} could not be written: ${reason}.`, { cause: error })
  }
}

function refused(line: number, place: number, reason: string): ExplainedError {
  return new ExplainedError(`Line ${line} could not be written: ops[${place}]: ${reason}.`)
}
