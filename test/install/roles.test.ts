import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { openPostgres } from '../support/database.ts'
import { readLog } from '../support/log.ts'

describe('an application role that may write its own tables and read the log', () => {
  let db: Awaited<ReturnType<typeof openPostgres>>
  let application: pg.Pool
  const role = `backstory_app_${process.pid}`

  beforeAll(async () => {
    db = await openPostgres()
    await db.run(`
      create role ${role};
      create table owned (id integer primary key, name text);
      grant select, insert, update, delete, truncate on owned to ${role};
      grant select on audit_logs to ${role};`)
    await createBackstory(db.database).track('owned')
    const url = new URL(db.url)
    url.searchParams.set('options', `-c role=${role}`)
    application = new pg.Pool({ connectionString: url.href })
  })

  afterAll(async () => {
    await application.end()
    await db.run(`drop owned by ${role} cascade; drop role ${role}`)
    await db.close()
  })

  test('has its writes recorded, its truncate included, and names its actor', async () => {
    await application.query(`
      begin;
      select backstory.set_context('{"userId": "ada"}');
      insert into owned values (1, 'a');
      update owned set name = 'b';
      truncate owned;
      commit;`)
    expect((await readLog(db, 'owned')).map(({ action }) => action)).toEqual(['insert', 'update', 'delete'])
  })

  test('reads entries and states with its own permissions', async () => {
    await application.query(`insert into owned values (2, 'first')`)
    await application.query(`update owned set name = 'seen' where id = 2`)
    const backstory = createBackstory(application)
    const { entries } = await backstory.entries({ elementType: 'owned', elementId: 2 })
    const [update, insert] = entries
    if (update === undefined || insert === undefined) throw new Error('Both entries are there.')
    expect(await backstory.element('owned', 2).at(insert)).toEqual({ id: 2, name: 'first' })
    expect(await backstory.element('owned', 2).at(update)).toEqual({ id: 2, name: 'seen' })
    expect(await backstory.type('owned').at(insert)).toMatchObject([{ state: { id: 2, name: 'first' } }])
    expect(await backstory.type('owned').at(insert, { elementIds: [2] })).toHaveLength(1)
    expect(await backstory.scope('anything').at({ transactionId: insert.transactionId })).toEqual([])
    const { rows } = await application.query(`
      select backstory.rewind(to_jsonb(o), a.changes) ->> 'name' as name
      from owned o
      join audit_logs a on a.element_id = o.id::text and a.action = 'update' and o.id = 2`)
    expect(rows).toEqual([{ name: 'first' }])
    expect(await backstory.element('owned', 2).at(new Date(Date.now() + 60_000))).toEqual({
      id: 2,
      name: 'seen',
    })
  })

  test.each([
    [
      'insert into',
      `insert into audit_logs (element_type, element_id, action) values ('owned', '1', 'update')`,
    ],
    ['update', `update audit_logs set user_id = 'somebody else'`],
    ['delete from', 'delete from audit_logs'],
    ['truncate', 'truncate audit_logs'],
    ['drop', 'drop table audit_logs'],
    ['disable the guard of', 'alter table audit_logs disable trigger all'],
    ['rewind the sequence of', `select setval('audit_logs_id_seq', 1)`],
  ])('may not %s the log', async (_, statement) => {
    await expect(application.query(statement)).rejects.toMatchObject({ code: '42501' })
  })

  test.each([
    `select backstory.track('owned')`,
    `select backstory.untrack('owned')`,
    'select backstory.follow()',
    `select backstory.insert_entry(null, 'update', '{}', '{}')`,
    `update backstory.settings set context = 'optional'`,
    'delete from backstory.tracked',
    'delete from backstory.schema_changes',
    'drop trigger "!backstory_capture" on owned',
  ])('may not %s', async (statement) => {
    await expect(application.query(statement)).rejects.toMatchObject({ code: '42501' })
  })

  test('may not forge entries by putting a capture function on a table of its own', async () => {
    const [row] = await db.query(`select function_name from backstory.tracked where element_type = 'owned'`)
    await expect(
      application.query(`
        create temporary table forged (id integer primary key, name text);
        create trigger forge after insert on forged
        for each row execute function backstory."${String(row?.['function_name'])}"()`),
    ).rejects.toMatchObject({ code: '42501' })
    await expect(
      application.query(`
        create temporary table forged (id integer primary key);
        create trigger forge before truncate on forged
        for each statement execute function backstory.capture_truncate('1')`),
    ).rejects.toMatchObject({ code: '42501' })
  })

  test('does not get the rights of the log by operators or functions that it puts in the way', async () => {
    await application
      .query(`
      create schema if not exists hijack;`)
      .catch(() => undefined)
    await application.query(`
      set search_path = pg_temp, public;
      create function pg_temp.to_jsonb(anyelement) returns jsonb language sql as $$ select '{"forged": true}'::jsonb $$;
      insert into owned values (3, 'honest');`)
    expect((await readLog(db, 'owned')).at(-1)?.changes).toEqual({ after: { id: 3, name: 'honest' } })
  })
})

describe('the owner of the log', () => {
  test.each(['update', 'delete', 'truncate'])(
    'is refused %s too, by a trigger that says why',
    async (action) => {
      const db = await openPostgres()
      try {
        await db.run(`create table t (id integer primary key)`)
        await createBackstory(db.database).track('t')
        await db.run('insert into t values (1)')
        const statement = {
          update: 'update audit_logs set user_id = null',
          delete: 'delete from audit_logs',
        }[action]
        await expect(db.run(statement ?? 'truncate audit_logs')).rejects.toMatchObject({
          code: 'BS107',
          message: expect.stringContaining('append-only'),
        })
        expect(await readLog(db, 't')).toHaveLength(1)
      } finally {
        await db.close()
      }
    },
  )
})
