import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

import { createBackstory } from 'backstory'
import { audited } from 'backstory/pg'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createDocuments, documentsTable } from '../../examples/replay/documents.ts'
import { openEditFile } from '../../examples/replay/read-edits.ts'
import { replayEdits, type Replayed } from '../../examples/replay/replay-edits.ts'
import { verifyReplay } from '../../examples/replay/verify-replay.ts'
import { createPostgresDatabase } from '../support/database.ts'
import { generateHistory } from './generate-history.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backstory-replay-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

describe('a generated history', () => {
  it('comes out of the log as it went in, forward, backward and at every entry', async () => {
    const [history = []] = fc.sample(generateHistory(), { numRuns: 1, seed: 20_261_122 })
    const path = join(folder, 'generated.ndjson.gz')
    await writeFile(path, gzipSync(`${history.join('\n')}\n`))
    await inReplayed(path, async (pool, { lines }) => {
      const operations = lines.flatMap((line) => line.operations)
      const { rows } = await pool.query<{ entries: string }>('select count(*) as entries from audit_logs')
      const unchanged = operations.filter(({ before, after }) => before === after).length
      expect(unchanged).toBeGreaterThan(0)
      expect(Number(rows[0]?.entries)).toBe(operations.length - unchanged)
      expect(await findFaults(pool, lines, operations.length)).toStrictEqual({})
    })
  })

  it('fails on a write that escaped the log', async () => {
    await inReplayed(await writeShortHistory(), async (pool, { lines }) => {
      await pool.query(
        `begin; set local session_replication_role = replica; update ${documentsTable} set doc = '{"hp": 4}'; commit`,
      )
      expect(Object.keys(await findFaults(pool, lines))).toStrictEqual(['backward', 'element().at'])
    })
  })

  it('fails on a write that no line made', async () => {
    await inReplayed(await writeShortHistory(), async (pool, { lines }) => {
      await pool.query(`update ${documentsTable} set doc = '{"hp": 4}'`)
      expect(Object.keys(await findFaults(pool, lines))).toStrictEqual([
        'entries',
        'authors',
        'forward',
        'backward',
      ])
    })
  })

  it('fails on an entry that names another author', async () => {
    await inReplayed(await writeShortHistory(), async (pool, { lines }) => {
      const others = lines.map((line) => ({ ...line, author: 'mallory' }))
      expect(Object.keys(await findFaults(pool, others))).toStrictEqual(['authors'])
    })
  })

  it('fails on a state that is not the one of the file', async () => {
    await inReplayed(await writeShortHistory(), async (pool, { lines }) => {
      const others = lines.map((line) => ({
        ...line,
        operations: line.operations.map((operation) => ({
          ...operation,
          after: operation.after && 'another',
        })),
      }))
      expect(Object.keys(await findFaults(pool, others))).toStrictEqual([
        'forward',
        'backward',
        'element().at',
      ])
    })
  })

  it('stops at a line that the database refuses, and says which', async () => {
    const lines = [
      edit({ action: 'insert', kind: 'Spells', index: 'light', doc: {} }),
      edit({ action: 'insert', kind: 'Spells', index: 'light', doc: {} }),
    ]
    await expect(inReplayed(await write(lines), async () => {})).rejects.toThrow(
      /^Line 2 could not be written: duplicate key value/,
    )
  })

  it('stops at a line whose document is not there, and says which', async () => {
    const lines = [edit({ action: 'delete', kind: 'Spells', index: 'light' })]
    await expect(inReplayed(await write(lines), async () => {})).rejects.toThrow(
      'Line 1 could not be written: ops[0]: there is no Spells light to delete.',
    )
  })
})

async function inReplayed(
  path: string,
  work: (pool: pg.Pool, replayed: Replayed) => Promise<void>,
): Promise<void> {
  const database = await createPostgresDatabase()
  const pool = audited(new pg.Pool({ connectionString: database.url }))
  // a connection that is still closing may be cut when the database is dropped
  pool.on('error', () => undefined)
  try {
    await pool.query(createDocuments)
    await createBackstory(pool).track(documentsTable)
    await work(pool, await replayEdits(pool, (await openEditFile(path)).edits))
  } finally {
    await pool.end()
    await database.drop()
  }
}

it('a file without an edit is refused, and not found to be in order', async () => {
  const path = await write([])
  await expect(inReplayed(path, async () => undefined)).rejects.toThrow('The file holds no edit')
})

const claims = ['entries', 'authors', 'forward', 'backward', 'element().at'] as const

// what did not hold, and why
async function findFaults(
  pool: pg.Pool,
  lines: Replayed['lines'],
  spotChecks = 10,
): Promise<Readonly<Record<string, string>>> {
  const checks = await verifyReplay(pool, createBackstory(pool), lines, { spotChecks, seed: 1 })
  expect(checks).toHaveLength(claims.length)
  return Object.fromEntries(
    claims.flatMap((claim, place) => (checks[place]?.held ? [] : [[claim, checks[place]?.found ?? '']])),
  )
}

function writeShortHistory(): Promise<string> {
  return write([
    edit({ action: 'insert', kind: 'Monsters', index: 'aboleth', doc: { hp: 1 } }),
    edit({ action: 'update', kind: 'Monsters', index: 'aboleth', doc: { hp: 2 } }),
    edit({ action: 'update', kind: 'Monsters', index: 'aboleth', doc: { hp: 3, cr: { rating: 10 } } }),
  ])
}

function edit(...ops: readonly object[]): string {
  return JSON.stringify({ commit: 'c0ffee', author: 'author-01', timestamp: '2026-01-31T12:00:00Z', ops })
}

async function write(lines: readonly string[]): Promise<string> {
  const path = join(folder, 'short.ndjson')
  await writeFile(path, lines.join('\n'))
  return path
}
