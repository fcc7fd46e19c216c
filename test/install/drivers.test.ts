import type { PGlite } from '@electric-sql/pglite'
import type pg from 'pg'
import postgres from 'postgres'
import { describe, expect, expectTypeOf, test } from 'vitest'

import { createBackstory, type Backstory, type Database } from '../../src/index.ts'
import { openPglite, openPostgres } from '../support/database.ts'

/** Everything once: what a driver gets wrong about a type shows in here. */
async function exercise(
  backstory: Backstory<Database>,
  run: (text: string) => Promise<unknown>,
): Promise<unknown> {
  await backstory.install()
  await run(
    'create table driven (id bigint primary key, name text, at timestamptz, price numeric, tags text[])',
  )
  await backstory.track('driven', { label: 'name' })
  await run(
    `insert into driven values (9007199254740993, 'a', '2026-01-31 12:00:00.123456+00', 1.50, '{x,NULL}')`,
  )
  await run(`update driven set name = 'b'`)
  const element = backstory.element('driven', 9007199254740993n)
  const { entries, nextCursor } = await element.entries({ order: 'oldest', action: ['insert', 'update'] })
  const [insert] = entries
  if (insert === undefined) throw new Error('The insert is recorded.')
  expect(nextCursor).toBeNull()
  expect(entries.map(({ action }) => action)).toEqual(['insert', 'update'])
  expect(await backstory.plan()).toBe('')
  expect((await backstory.tracked()).map(({ elementType }) => elementType)).toEqual(['driven'])
  return JSON.stringify(await element.at(insert.timestamp))
}

const expected =
  '{"at":"2026-01-31T12:00:00.123456+00:00","id":9007199254740993,"name":"a","tags":["x",null],"price":1.50}'

describe('every driver gives the same, exactly', () => {
  test('pg', async () => {
    const db = await openPostgres({ template: 'empty' })
    expect(await exercise(createBackstory(db.database), db.run)).toBe(expected)
    await db.close()
  })

  test('pg whose type parsers the application has changed', async () => {
    const db = await openPostgres({
      template: 'empty',
      pool: { types: { getTypeParser: () => () => 'not what you think' } },
    })
    expect(await exercise(createBackstory(db.database), db.run)).toBe(expected)
    await db.close()
  })

  test('postgres.js', async () => {
    const db = await openPostgres({ template: 'empty' })
    const sql = postgres(db.url, { onnotice: () => undefined, max: 3 })
    expect(await exercise(createBackstory(sql), (text) => sql.unsafe(text))).toBe(expected)
    await sql.end()
    await db.close()
  })

  test('PGlite', async () => {
    const db = await openPglite({ template: 'empty' })
    expect(await exercise(createBackstory(db.database), db.run)).toBe(expected)
    await db.close()
  })
})

test('the databases of all three are taken by type', () => {
  expectTypeOf<pg.Pool>().toExtend<Database>()
  expectTypeOf<PGlite>().toExtend<Database>()
  expectTypeOf<postgres.Sql>().toExtend<Database>()
  expectTypeOf<pg.Client>().not.toExtend<Database>()
})
