import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { openPostgres } from '../support/database.ts'
import { readLog } from '../support/log.ts'

describe('a type that casts to json by a function of the application’s role', () => {
  const role = `backstory_caster_${process.pid}`
  let db: Awaited<ReturnType<typeof openPostgres>>

  beforeAll(async () => {
    db = await openPostgres()
    await db.run(`create role ${role}; grant create on schema public to ${role}`)
  })
  afterAll(async () => {
    await db.run(`drop owned by ${role} cascade; drop role ${role}`)
    await db.close()
  })

  const castOf = (type: string) => `
    create type ${type} as (n integer);
    create function ${type}_to_json(value ${type}) returns json language sql as $$ select to_json(current_user::text) $$`
  const makeCast = (type: string) => `create cast (${type} as json) with function ${type}_to_json(${type})`

  test('is refused by track, wherever in the table it is: capture would run the function with its own rights', async () => {
    await db.session(async (session) => {
      await session.run(`
        set role ${role};
        ${castOf('evil')};
        ${makeCast('evil')};
        create domain veiled as evil;
        create type wrapped as (inner_value veiled[]);
        create table traps (id integer primary key, v wrapped[]);
        create table open_traps (id evil primary key)`)
    })
    for (const table of ['traps', 'open_traps']) {
      await expect(createBackstory(db.database).track(table)).rejects.toMatchObject({
        code: 'unsupported_table',
        message: expect.stringMatching(
          /evil casts to json by .*evil_to_json\(.*evil\), which belongs to .*Drop the cast/,
        ),
      })
    }
  })

  test('cannot be given to a table that is tracked, nor the cast to a type that one has', async () => {
    await db.run(`
      set role ${role};
      create table targets (id integer primary key);
      ${castOf('later')};
      reset role;
      select backstory.track('targets')`)
    await db.session(async (session) => {
      await session.run(`set role ${role}`)
      await expect(session.run('alter table targets add column v evil')).rejects.toMatchObject({
        code: 'BS104',
      })
      await session.run(`alter table targets add column v later; insert into targets values (1, row(1))`)
      await expect(session.run(makeCast('later'))).rejects.toMatchObject({ code: 'BS104' })
      await session.run(`insert into targets values (2, row(2))`)
    })
    expect((await readLog(db, 'targets')).map(({ changes }) => changes)).toEqual([
      { after: { id: 1, v: { n: 1 } } },
      { after: { id: 2, v: { n: 2 } } },
    ])
  })
})
