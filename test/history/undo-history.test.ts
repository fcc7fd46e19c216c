import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { createBackstory, parseJson } from 'backstory'
import { audited } from 'backstory/pg'
import pg from 'pg'
import { describe, expect, it } from 'vitest'

import { isJsonObject } from '../../examples/json-object.ts'
import { canonicalJson, digestText } from '../../examples/replay/canonical-json.ts'
import { createDocuments, documentsTable } from '../../examples/replay/documents.ts'
import type { Edit } from '../../examples/replay/edit.ts'
import { openEditFile } from '../../examples/replay/read-edits.ts'
import { replayEdits, type ReplayedLine } from '../../examples/replay/replay-edits.ts'
import { createPostgresDatabase } from '../support/database.ts'

const sharedHistory = fileURLToPath(new URL('../../../shared/data/srd-history.ndjson.gz', import.meta.url))
const isShared = existsSync(sharedHistory)

/** How much of the file: all of its 355 lines take minutes. */
const lineCount = 35

describe('the shared edit history', () => {
  if (!isShared) console.warn('Skipped: ../shared/data/srd-history.ndjson.gz is not beside this repository.')
  it.skipIf(!isShared)(
    'undone edit by edit, backward, ends in an empty world',
    { timeout: 1_200_000 },
    async () => {
      const database = await createPostgresDatabase()
      const pool = audited(new pg.Pool({ connectionString: database.url }))
      try {
        await pool.query(createDocuments)
        const backstory = createBackstory(pool)
        await backstory.track(documentsTable)
        const { lines } = await replayEdits(pool, firstLines((await openEditFile(sharedHistory)).edits))
        for (const line of lines.toReversed()) {
          const wasWritten = line.operations.some(({ before, after }) => before !== after)
          if (!wasWritten) continue
          await backstory.undo({ transactionId: line.transactionId })
          const expected = new Map<string, string | null>()
          for (const { elementId, before } of line.operations.toReversed()) expected.set(elementId, before)
          expect(await readDigests(pool, [...expected.keys()]), `after line ${line.line} was undone`).toEqual(
            new Map([...expected].flatMap(([id, digest]) => (digest === null ? [] : [[id, digest]]))),
          )
        }
        expect((await pool.query(`select kind from ${documentsTable}`)).rows).toEqual([])
      } finally {
        await pool.end()
        await database.drop()
      }
    },
  )
})

async function* firstLines(edits: AsyncIterable<Edit>): AsyncIterable<Edit> {
  let count = 0
  for await (const edit of edits) {
    if (count === lineCount) return
    count += 1
    yield edit
  }
}

async function readDigests(
  pool: pg.Pool,
  ids: readonly ReplayedLine['operations'][number]['elementId'][],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await pool.query<{ id: string; image: string }>(
    `select e.id, to_jsonb(d)::text as image
     from jsonb_array_elements_text($1::jsonb) as e (id)
     join ${documentsTable} d on d.kind = e.id::jsonb ->> 0 and d.index = e.id::jsonb ->> 1`,
    [JSON.stringify(ids)],
  )
  return new Map(
    rows.map(({ id, image }) => {
      const document = parseJson(image)
      if (!isJsonObject(document)) throw new TypeError('An image is an object.')
      return [id, digestText(canonicalJson(document))]
    }),
  )
}
