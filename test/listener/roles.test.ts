import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { createRecorder } from '../../src/orm/recorder.ts'
import { openPostgres } from '../support/database.ts'
import { flushClientOf } from '../support/flush.ts'
import { readLog } from '../support/log.ts'

describe('an application role that may write its own tables', () => {
  let db: Awaited<ReturnType<typeof openPostgres>>
  let application: pg.Client
  const role = `backstory_listener_${process.pid}`

  beforeAll(async () => {
    db = await openPostgres()
    await db.run(`
      create role ${role};
      create table owned (id integer primary key, name text);
      create table guarded (id integer primary key, name text);
      create table foreign_to_it (id integer primary key, name text);
      insert into guarded values (1, 'a');
      insert into foreign_to_it values (1, 'a');
      grant select, insert, update, delete on owned, guarded to ${role};
      grant select on foreign_to_it, audit_logs to ${role};`)
    const backstory = createBackstory(db.database)
    await backstory.track('owned', { capture: 'listener' })
    await backstory.track('foreign_to_it', { capture: 'listener' })
    await backstory.track('guarded')
    const url = new URL(db.url)
    url.searchParams.set('options', `-c role=${role}`)
    application = new pg.Client({ connectionString: url.href })
    await application.connect()
  })

  afterAll(async () => {
    await application.end()
    await db.run(`drop owned by ${role} cascade; drop role ${role}`)
    await db.close()
  })

  test('has its flushes recorded with its own permissions', async () => {
    const client = flushClientOf({
      query: async (text, values = []) =>
        (await application.query<Record<string, unknown>>(text, [...values])).rows,
      run: async (text) => void (await application.query(text)),
    })
    const table = { name: 'owned' }
    await application.query('begin')
    const inserted = await createRecorder().photograph(client, [
      { table, operation: 'insert', key: { id: 1 } },
    ])
    await application.query(`insert into owned values (1, 'a')`)
    await inserted.record()
    const deleted = await createRecorder().photograph(client, [
      { table, operation: 'delete', key: { id: 1 } },
    ])
    await application.query('delete from owned')
    await deleted.record()
    await application.query('commit')
    expect((await readLog(db, 'owned')).map(({ action }) => action)).toEqual(['insert', 'delete'])
  })

  test.each([
    ['tracked by trigger', 'guarded', 'BS111'],
    ['tracked by listener that it may not write to', 'foreign_to_it', '42501'],
  ])('cannot write entries of a table that is %s', async (_, table, code) => {
    await expect(
      application.query(
        `select backstory.write_flush(
          array(select id from backstory.tracked where element_type = $1), '{0}', '{null}',
          array['{"id": 1, "name": "forged"}'::jsonb], 'ada', ''
        )`,
        [table],
      ),
    ).rejects.toMatchObject({ code })
    await expect(
      application.query(
        `select backstory.record_flush(jsonb_build_array(jsonb_build_object(
          'schema', 'public', 'table', $1::text, 'isDeleted', false, 'keys', '[{"id": 1}]'::jsonb, 'places', '[0]'::jsonb)))`,
        [table],
      ),
    ).rejects.toMatchObject({ code: table === 'guarded' ? 'BS113' : code })
    expect(await readLog(db, table)).toEqual([])
  })

  test('cannot have rows photographed that it may not lock', async () => {
    await expect(
      application.query(
        `select backstory.photograph('[{"schema": "public", "table": "foreign_to_it", "isDeleted": true, "keys": [{"id": 1}], "places": [0]}]')`,
      ),
    ).rejects.toMatchObject({ code: '42501' })
  })

  test.each([`"id\\" = 1 --"`, `"table\\"; drop table owned; --"`])(
    'gets no SQL in by the name of a column: %s',
    async (name) => {
      await expect(
        application.query(
          `select backstory.photograph('[{"schema": "public", "table": "owned", "isDeleted": true, "keys": [{${name}: 1}], "places": [0]}]')`,
        ),
      ).rejects.toMatchObject({ code: 'BS108' })
    },
  )
})
