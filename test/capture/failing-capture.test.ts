import { describe, expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { audited } from '../../src/pg.ts'
import { describeOnEveryDatabase, openPostgres, type TestDatabase } from '../support/database.ts'
import { readLog } from '../support/log.ts'

/** What a driver tells of an error: its message and where PostgreSQL was. */
async function failureOf(db: TestDatabase, statement: string): Promise<string> {
  const error: unknown = await db.run(statement).then(
    () => expect.unreachable(`${statement} fails`),
    (reason: unknown) => reason,
  )
  if (!(error instanceof Error)) throw error
  return `${error.message}\n${'where' in error ? String(error.where) : ''}`
}

describeOnEveryDatabase('a write whose capture fails fails', (db) => {
  const writes = [
    `insert into guarded values (2, 'b')`,
    `update guarded set name = 'b'`,
    `update guarded set id = 3`,
    'delete from guarded',
    'truncate guarded',
  ]

  async function expectRefusals(cause: RegExp): Promise<void> {
    for (const write of writes) {
      const failure = await failureOf(db(), write)
      expect(failure, write).toMatch(cause)
      expect(failure, write).toMatch(/backstory/i)
    }
    expect(await db().query('select * from guarded')).toEqual([{ id: 1, name: 'a' }])
  }

  test('the table is tracked and works', async () => {
    await db().run(`
      create table guarded (id integer primary key, name text);
      select backstory.track('guarded');
      insert into guarded values (1, 'a')`)
    expect(await readLog(db(), 'guarded')).toHaveLength(1)
  })

  test('when the log is gone', async () => {
    await db().run('alter table audit_logs rename to audit_logs_away')
    await expectRefusals(/relation "public.audit_logs" does not exist/)
    await db().run('alter table audit_logs_away rename to audit_logs')
  })

  test('when the log takes no more rows', async () => {
    await db().run('alter table audit_logs add constraint full_up check (id < 0) not valid')
    await expectRefusals(/violates check constraint "full_up"/)
    await db().run('alter table audit_logs drop constraint full_up')
  })

  test('when the ids of the log are used up', async () => {
    const [reached] = await db().query('select last_value::text as id from audit_logs_id_seq')
    await db().run(`alter table audit_logs alter id set maxvalue ${String(reached?.['id'])}`)
    await expectRefusals(/nextval: reached maximum value of sequence "audit_logs_id_seq"/)
    await db().run('alter table audit_logs alter id set no maxvalue')
  })

  test('when a trigger on the log does', async () => {
    await db().run(`
      create function public.refuse() returns trigger language plpgsql as
        $$ begin raise exception 'the archive is closed'; end $$;
      create trigger refuse before insert on audit_logs for each row execute function public.refuse()`)
    await expectRefusals(/the archive is closed/)
    await db().run('drop trigger refuse on audit_logs')
  })

  test('when the owner of the capture functions may not write to the log', async ({ skip }) => {
    if (db().isSuperuser) skip('a superuser may always')
    await db().run('revoke insert on audit_logs from current_user')
    await expectRefusals(/permission denied for table audit_logs/)
    await db().run('grant insert on audit_logs to current_user')
  })

  test('when the capture function is broken', async () => {
    const made = await db().query(`
      select p.proname::text as name, t.id
      from backstory.tracked t
      join pg_proc p on p.proname in (t.function_name, backstory.rows_function(t.id))
      where t.element_type = 'guarded'`)
    for (const { name } of made) {
      await db().run(`
        create or replace function backstory."${String(name)}"() returns trigger language plpgsql as
          'begin return 1 / 0; end'`)
    }
    for (const write of writes.slice(0, 4)) {
      const failure = await failureOf(db(), write)
      expect(failure).toMatch(/division by zero/)
      expect(failure).toMatch(/function backstory\.capture_(?:\d+_guarded|rows_\d+)/)
    }
    expect(await db().query('select * from guarded')).toEqual([{ id: 1, name: 'a' }])
    await db().query('select backstory.compile_capture($1::integer)', [made[0]?.['id']])
  })

  test('in a transaction, what came before it can still be committed after a rollback to a savepoint', async () => {
    await db().session(async (session) => {
      await session.run(`begin; update guarded set name = 'b'; savepoint one`)
      await session.run('alter table audit_logs add constraint full_up check (id < 0) not valid')
      await expect(session.run(`update guarded set name = 'c'`)).rejects.toMatchObject({ code: '23514' })
      await session.run(`rollback to one; commit`)
    })
    expect((await readLog(db(), 'guarded')).map(({ changes }) => changes)).toEqual([
      { after: { id: 1, name: 'a' } },
      { before: { name: 'a' }, after: { name: 'b' } },
    ])
  })

  test('when a context is no JSON, in a setting that was made by hand', async () => {
    await db().session(async (session) => {
      await session.run(`begin; select set_config('backstory.context', 'no json', true)`)
      await expect(session.run(`update guarded set name = 'c'`)).rejects.toMatchObject({
        code: '22P02',
        where: expect.stringContaining('backstory.'),
      })
    })
  })

  test('when a json value holds a null character, which jsonb and so the log cannot', async () => {
    await db().run(`create table nulled (id integer primary key, doc json); select backstory.track('nulled')`)
    const failure = await failureOf(db(), `insert into nulled values (1, '"\\u0000"')`)
    expect(failure).toMatch(/unsupported Unicode escape sequence/)
    expect(failure).toMatch(/function backstory\./)
    expect(await db().query('select * from nulled')).toEqual([])
  })

  test('when the log has been dropped', async () => {
    await db().run(`
      create table orphaned (id integer primary key);
      insert into orphaned values (1);
      select backstory.track('orphaned');
      drop table audit_logs cascade`)
    for (const write of ['insert into orphaned values (2)', 'delete from orphaned', 'truncate orphaned']) {
      expect(await failureOf(db(), write)).toMatch(/relation "public.audit_logs" does not exist[^]*backstory/)
    }
    expect(await db().query('select id from orphaned')).toEqual([{ id: 1 }])
  })
})

describe('an audited pool', () => {
  test('says in the message that Backstory refused the write, and only then', async () => {
    const db = await openPostgres()
    try {
      await db.run(`create table told (id integer primary key, name text check (name <> 'x'))`)
      await db.run(`insert into told values (1, 'a')`)
      await createBackstory(db.database).track('told')
      await db.run('alter table audit_logs add constraint full_up check (id < 0) not valid')
      const pool = audited(db.database)
      for (const write of [`insert into told values (2, 'a')`, 'delete from told', 'truncate told']) {
        await expect(pool.query(write)).rejects.toMatchObject({
          code: '23514',
          table: 'audit_logs',
          message: expect.stringMatching(
            /^Backstory could not record this write, so the write was refused: .*violates check constraint "full_up"/,
          ),
        })
      }
      await expect(pool.query(`insert into told values (2, 'x')`)).rejects.toMatchObject({
        code: '23514',
        message: expect.stringMatching(/^new row for relation "told" violates/),
      })
    } finally {
      await db.close()
    }
  })
})
