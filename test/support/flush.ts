import type pg from 'pg'

import { createRecorder, type Announcement, type FlushClient } from '../../src/orm/recorder.ts'
import { createBackstory } from '../../src/index.ts'
import type { TestDatabase, TestQueries } from './database.ts'

/** A session of a test as the connection of a flush. */
export function flushClientOf(session: TestQueries): FlushClient {
  return {
    query: async ({ text, values }) => {
      const rows = await session.query(text, values)
      return rows.map((row) =>
        Object.fromEntries(
          Object.entries(row).map(([name, value]) => [name, typeof value === 'string' ? value : null]),
        ),
      )
    },
  }
}

/** A transaction of a session that announces rows, writes them by a text, and records them, with `others` that came. */
export async function flushText(
  session: TestQueries,
  announcements: readonly Announcement[],
  text: string,
  others: readonly Announcement[] = [],
): Promise<void> {
  await session.run('begin')
  const photographed = await recorder.photograph(flushClientOf(session), announcements)
  await session.run(text)
  await photographed.record(others)
  await session.run('commit')
}

/** A connection of pg as that of a flush. */
export function flushClientOfPg(connection: pg.ClientBase): FlushClient {
  return flushClientOf({
    query: async (text, values = []) =>
      (await connection.query<Record<string, unknown>>(text, [...values])).rows,
    run: async (text) => void (await connection.query(text)),
  })
}

/** Makes `hero`, recorded by listener, `deed`, by trigger, and `stranger`, by nobody. */
export async function createHeroes(db: TestDatabase): Promise<void> {
  await db.run(`
    create table hero (id integer primary key, name text);
    create table stranger (id integer primary key);
    create table deed (id integer primary key, note text)`)
  const backstory = createBackstory(db.database)
  await backstory.track('hero', { capture: 'listener' })
  await backstory.track('deed')
}

/** What a listener says of a row of `hero (id, name)`, or of another table with such a key. */
export function announce(operation: Announcement['operation'], id: number, name = 'hero'): Announcement {
  return { table: { name }, operation, key: { id } }
}

/** An update of a hero as an ORM flushes it. */
export async function renameHero(connection: pg.ClientBase, id: number, name: string): Promise<void> {
  const flush = await recorder.photograph(flushClientOfPg(connection), [announce('update', id)])
  await connection.query('update hero set name = $1 where id = $2', [name, id])
  await flush.record()
}

/** A flush whose record the database will refuse: the table `stranger` is not tracked. */
export async function insertStranger(connection: pg.ClientBase, id = 1): Promise<void> {
  const flush = await recorder.photograph(flushClientOfPg(connection), [announce('insert', id, 'stranger')])
  await connection.query('insert into stranger (id) values ($1)', [id])
  await flush.record()
}

const recorder = createRecorder()
