import { expect } from 'vitest'

import { actingAs, createBackstory } from '../../src/index.ts'
import type { TestDatabase } from './database.ts'
import { readEntries } from './log.ts'

/** What the log has got by some work: action, type and id of each entry, in order of capture. */
export async function entriesBy(db: TestDatabase, work: () => Promise<unknown>): Promise<readonly string[]> {
  const before = (await readEntries(db)).length
  await work()
  return (await readEntries(db))
    .slice(before)
    .map(({ elementType, elementId, action }) => `${action} ${elementType} ${elementId}`)
}

/** The writes to a table that left no entry, as `check` finds them: kind, id and path. */
export async function gapsOf(db: TestDatabase, elementType: string): Promise<readonly string[]> {
  const { gaps } = await createBackstory(db.database).check({ elementType })
  return gaps.map(({ kind, elementId, path }) => `${kind} ${elementId} ${path}`)
}

/** Expects that a write is refused as not recordable, and that neither the table nor the log has got anything by it. */
export async function expectRefused(
  db: TestDatabase,
  table: string,
  write: () => Promise<unknown>,
): Promise<void> {
  const readRows = () => db.query(`select * from ${table} order by id`)
  const rows = await readRows()
  const found = await entriesBy(db, () =>
    expect(write()).rejects.toMatchObject({ name: 'BackstoryError', code: 'not_recordable' }),
  )
  expect(found).toEqual([])
  expect(await readRows()).toEqual(rows)
}

/** Has twenty actors each write a row with a name at once, and expects that each is recorded under its own. */
export async function expectOwnActors(
  db: TestDatabase,
  elementType: string,
  write: (name: string) => Promise<unknown>,
): Promise<void> {
  const actors = Array.from({ length: 20 }, (_, index) => `user ${index}`)
  await Promise.all(actors.map((userId) => actingAs({ userId }, () => write(`row of ${userId}`))))
  const entries = (await readEntries(db, elementType)).filter(({ userId }) => userId?.startsWith('user '))
  expect(entries).toHaveLength(actors.length)
  for (const { userId, changes } of entries) {
    expect(changes).toMatchObject({ after: { name: `row of ${userId}` } })
  }
}
