import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'

import { from as copyFrom } from 'pg-copy-streams'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { openPglite, openPostgres } from '../support/database.ts'
import { readLog } from '../support/log.ts'

const table = `
  create table copied (id integer primary key, name text, payload bytea);
  select backstory.track('copied')`
const rows = '1\tGed\t\\\\x00ff\n2\t\\N\t\\N\n'
const entries = [
  { action: 'insert', elementId: '1', changes: { after: { id: 1, name: 'Ged', payload: '\\x00ff' } } },
  { action: 'insert', elementId: '2', changes: { after: { id: 2, name: null, payload: null } } },
]

describe.each(['superuser', 'owner'] as const)('COPY (PostgreSQL, installed by a role: %s)', (role) => {
  let db: Awaited<ReturnType<typeof openPostgres>>
  beforeAll(async () => {
    db = await openPostgres({ role })
    await db.run(table)
  })
  afterAll(() => db.close())

  test('rows that COPY brings are recorded as inserts', async () => {
    const connection = await db.database.connect()
    await pipeline(Readable.from([rows]), connection.query(copyFrom('copy copied from stdin')))
    connection.release()
    expect(await readLog(db, 'copied')).toEqual(entries)
  })

  test('a COPY that fails in the middle leaves neither rows nor entries', async () => {
    await db.run("create table broken_copy (id integer primary key); select backstory.track('broken_copy')")
    const connection = await db.database.connect()
    const copying = pipeline(
      Readable.from(['1\n2\n1\n']),
      connection.query(copyFrom('copy broken_copy from stdin')),
    )
    await expect(copying).rejects.toMatchObject({ code: '23505' })
    connection.release()
    expect(await readLog(db, 'broken_copy')).toEqual([])
  })
})

describe('COPY (PGlite)', () => {
  test('rows that COPY brings are recorded as inserts', async () => {
    const db = await openPglite()
    await db.run(table)
    await db.database.query(`copy copied from '/dev/blob'`, [], { blob: new Blob([rows]) })
    expect(await readLog(db, 'copied')).toEqual(entries)
    await db.close()
  })
})
