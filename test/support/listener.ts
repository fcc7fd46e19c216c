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

/**
 * Expects that what no listener can see leaves no entry, and that `check` finds it: what a trigger writes to other rows of
 * `tag (id, name)`, what another program writes, and `truncate`, which takes all of its rows.
 */
export async function expectBlindSpots(
  db: TestDatabase,
  insertTag: (name: string) => Promise<unknown>,
): Promise<void> {
  const insert = async (name: string) => {
    await insertTag(name)
    const [row] = await db.query('select id from tag where name = $1', [name])
    return String(row?.['id'])
  }
  const [heard, changed] = [await insert('heard'), await insert('changed')]
  await db.run(`
    create function echo_tag() returns trigger language plpgsql as $$
    begin
      update tag set name = 'echo' where id = ${heard};
      return null;
    end $$;
    create trigger echo_tag after insert on tag for each row execute function echo_tag()`)
  let voice = ''
  const found = await entriesBy(db, async () => {
    voice = await insert('voice')
  })
  expect(found).toEqual([`insert tag ${voice}`])
  await db.run('drop function echo_tag cascade')
  expect(await entriesBy(db, () => db.run(`update tag set name = 'past it' where id = ${changed}`))).toEqual(
    [],
  )
  expect(await gapsOf(db, 'tag')).toEqual(
    expect.arrayContaining([`changed ${heard} /name`, `changed ${changed} /name`]),
  )
  expect(await entriesBy(db, () => db.run('truncate tag cascade'))).toEqual([])
  expect(await gapsOf(db, 'tag')).toEqual(
    expect.arrayContaining([heard, changed, voice].map((id) => `deleted ${id} `)),
  )
}
