import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { apply, createBackstory, diff, parseJson, rewind, toJsonPatch } from 'backstory'
import type { Backstory, ElementState } from 'backstory'
import { audited } from 'backstory/pg'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { canonicalJson, digestJson } from '../../examples/replay/canonical-json.ts'
import { createDocuments, documentsTable } from '../../examples/replay/documents.ts'
import type { Edit } from '../../examples/replay/edit.ts'
import { openEditFile } from '../../examples/replay/read-edits.ts'
import { replayEdits, type Replayed, type ReplayedLine } from '../../examples/replay/replay-edits.ts'
import { verifyReplay } from '../../examples/replay/verify-replay.ts'
import { createPostgresDatabase } from '../support/database.ts'
import { applyJsonPatch } from '../support/json-patch.ts'
import { createFileOracle } from './file-oracle.ts'

const sharedHistory = fileURLToPath(new URL('../../../shared/data/srd-history.ndjson.gz', import.meta.url))
const isShared = existsSync(sharedHistory)
if (!isShared) console.warn('Skipped: ../shared/data/srd-history.ndjson.gz is not beside this repository.')

/** After how many lines the whole world is compared; after every line, some of its elements. */
const linesPerWorld = 15
const elementsPerLine = 20

// one replayed database for all of it: the last test leaves it empty
describe.skipIf(!isShared)('the shared edit history', { timeout: 600_000 }, () => {
  let database: Awaited<ReturnType<typeof createPostgresDatabase>>
  let pool: pg.Pool
  let backstory: Backstory<pg.Pool>
  let replayed: Replayed
  let updates = 0
  const unequal = { applied: 0, rewound: 0, patched: 0 }
  const oracle = createFileOracle(
    (line) => line % linesPerWorld === 0,
    (before, after) => {
      updates += 1
      const changes = diff(before.image, after.image)
      const patched = applyJsonPatch(before.image, toJsonPatch(before.image, after.image))
      if (canonicalJson(apply(before.image, changes)) !== after.text) unequal.applied += 1
      if (canonicalJson(rewind(after.image, changes)) !== before.text) unequal.rewound += 1
      if (canonicalJson(patched) !== after.text) unequal.patched += 1
    },
  )

  beforeAll(async () => {
    database = await createPostgresDatabase()
    pool = audited(new pg.Pool({ connectionString: database.url }))
    await pool.query(createDocuments)
    backstory = createBackstory(pool)
    await backstory.track(documentsTable, { scope: 'kind' })
    replayed = await replayEdits(pool, observed((await openEditFile(sharedHistory)).edits))
    await pool.query('analyze')
  }, 600_000)
  afterAll(async () => {
    await pool.end()
    await database.drop()
  })

  async function* observed(edits: AsyncIterable<Edit>): AsyncIterable<Edit> {
    for await (const edit of edits) {
      yield edit
      oracle.add(edit)
    }
  }

  test('gives differences that lead from every document to the next, and back', () => {
    expect(updates).toBe(26_376)
    expect(unequal).toEqual({ applied: 0, rewound: 0, patched: 0 })
  })

  test('comes out of the log as it went in', async () => {
    expect(replayed.lines.flatMap((line) => line.operations)).toHaveLength(35_737)
    const checks = await verifyReplay(pool, backstory, replayed.lines, { spotChecks: 300, seed: 1 })
    expect(checks.filter(({ held }) => !held)).toEqual([])
    expect(checks).toHaveLength(5)
  })

  test('has the states of the file after every line', async () => {
    for (const { line, transactionId, operations } of replayed.lines) {
      const after = new Map(operations.map((operation) => [operation.elementId, operation.after]))
      const step = Math.ceil(after.size / elementsPerLine)
      const some = [...after].filter((_, place) => place % step === 0)
      if (!operations.some(isChange)) continue
      const states = await backstory
        .type(documentsTable)
        .at({ transactionId }, { elementIds: some.map(([elementId]) => JSON.parse(elementId)) })
      expect(
        states.map(({ elementId, state }) => [elementId, digestJson(state)]),
        `line ${line}`,
      ).toEqual(some.filter(([, digest]) => digest !== null))
    }
  })

  test('has the whole world of the file after a line, by transaction and by time', async () => {
    const lines = replayed.lines.filter(
      ({ line, operations }) => line % linesPerWorld === 0 && operations.some(isChange),
    )
    expect(lines.length).toBeGreaterThan(15)
    for (const { line, transactionId } of lines) {
      const world = oracle.worldAfter(line)
      const type = backstory.type(documentsTable)
      expect(await digestsOf(type.at({ transactionId })), `line ${line}`).toEqual(world)
      const { entries } = await backstory.entries({ transactionId, limit: 1 })
      const [last] = entries
      if (last === undefined) throw new Error('The line has entries.')
      const kind = last.scope ?? ''
      expect(await digestsOf(type.at(last.timestamp, { scope: kind })), `line ${line}, ${kind}`).toEqual(
        new Map([...world].filter(([elementId]) => elementId.startsWith(`["${kind}",`))),
      )
    }
  })

  test('blames every leaf of every element on the line of the file that last set it', async () => {
    const lineOf = new Map(replayed.lines.map(({ transactionId, line }) => [transactionId, line]))
    const { rows } = await pool.query<{ id: string; transaction: string }>(
      'select id::text, transaction_id::text as transaction from audit_logs',
    )
    const transactionOf = new Map(rows.map(({ id, transaction }) => [id, transaction]))
    expect(oracle.elementIds()).toHaveLength(2317)
    const wrong: string[] = []
    for (const elementId of oracle.elementIds()) {
      const leaves = await backstory.element(documentsTable, JSON.parse(elementId)).blame()
      const found = leaves.map(({ path, entry }) => [
        path,
        lineOf.get(transactionOf.get(entry?.id ?? '') ?? ''),
      ])
      const expected = oracle.blameOf(elementId)
      if (found.length !== expected.size) wrong.push(elementId)
      for (const [path, line] of found) {
        if (expected.get(String(path)) !== line) wrong.push(`${elementId} ${path}: ${line}`)
      }
    }
    expect(wrong.slice(0, 5)).toEqual([])
  })

  test('undone edit by edit, backward, ends in an empty world', async () => {
    for (const { line, transactionId, operations } of replayed.lines.toReversed()) {
      if (!operations.some(isChange)) continue
      await backstory.undo({ transactionId })
      const expected = new Map<string, string | null>()
      for (const { elementId, before } of operations.toReversed()) expected.set(elementId, before)
      expect(await readDigests(pool, [...expected.keys()]), `after line ${line} was undone`).toEqual(
        new Map([...expected].flatMap(([id, digest]) => (digest === null ? [] : [[id, digest]]))),
      )
    }
    expect((await pool.query(`select kind from ${documentsTable}`)).rows).toEqual([])
  })
})

function isChange({ before, after }: ReplayedLine['operations'][number]): boolean {
  return before !== after
}

async function digestsOf(states: AsyncIterable<ElementState>): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>()
  for await (const { elementId, state } of states) digests.set(elementId, digestJson(state))
  return digests
}

async function readDigests(pool: pg.Pool, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { rows } = await pool.query<{ id: string; image: string }>(
    `select e.id, to_jsonb(d)::text as image
     from jsonb_array_elements_text($1::jsonb) as e (id)
     join ${documentsTable} d on d.kind = e.id::jsonb ->> 0 and d.index = e.id::jsonb ->> 1`,
    [JSON.stringify(ids)],
  )
  return new Map(rows.map(({ id, image }) => [id, digestJson(parseJson(image))]))
}
