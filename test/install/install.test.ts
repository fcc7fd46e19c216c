import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { openPglite, openPostgres, type TestDatabase } from '../support/database.ts'
import { readLog } from '../support/log.ts'

describe.each([
  ['PostgreSQL', openPostgres],
  ['PGlite', openPglite],
] as const)('installing on %s', (_, open) => {
  let db: TestDatabase
  const count = async (text: string) => Number((await db.query(text))[0]?.['count'])

  beforeAll(async () => {
    db = await open({ template: 'empty' })
  })
  afterAll(() => db.close())

  test('plan gives the SQL that installs, and nothing once it has been run', async () => {
    const backstory = createBackstory(db.database)
    const text = await backstory.plan()
    expect(text).toContain('create table if not exists public.audit_logs')
    await db.run(`begin;\n${text}\ncommit;`)
    expect(await backstory.plan()).toBe('')
    await db.run('create table planned (id integer primary key)')
    await backstory.track('planned')
    await db.run('insert into planned values (1)')
    expect(await readLog(db, 'planned')).toEqual([
      { action: 'insert', elementId: '1', changes: { after: { id: 1 } } },
    ])
  })

  test('twice is a no-op', async () => {
    const backstory = createBackstory(db.database)
    await backstory.install()
    const before = await count('select count(*) from backstory.migrations')
    await backstory.install()
    expect(await count('select count(*) from backstory.migrations')).toBe(before)
  })

  test('what is tracked is listed with its key and options', async () => {
    const backstory = createBackstory(db.database)
    await db.run('create table listed (a integer, b text, world integer, note text, primary key (b, a))')
    await backstory.track('listed', { scope: 'world', label: 'note', ignore: ['note'] })
    const listed = (await backstory.tracked()).find(({ elementType }) => elementType === 'listed')
    expect(listed).toEqual({
      elementType: 'listed',
      key: ['b', 'a'],
      options: { scope: 'world', label: 'note', ignore: ['note'] },
      status: 'active',
    })
    await db.run('alter table listed disable trigger all')
    expect((await backstory.tracked()).find(({ elementType }) => elementType === 'listed')?.status).toBe(
      'disabled',
    )
    await backstory.untrack('listed')
    expect((await backstory.tracked()).some(({ elementType }) => elementType === 'listed')).toBe(false)
    await expect(backstory.untrack('listed')).rejects.toMatchObject({ code: 'not_tracked' })
  })

  test('a database of a newer version is refused and left as it is', async () => {
    const backstory = createBackstory(db.database)
    await db.run(`insert into backstory.migrations (number, name) values (9999, 'from_the_future')`)
    await expect(backstory.install()).rejects.toMatchObject({ code: 'newer_database' })
    await db.run(`delete from backstory.migrations where number = 9999`)
    await db.run(`update backstory.functions set version = 9999 where name = 'diff'`)
    await expect(backstory.plan()).rejects.toMatchObject({ code: 'newer_database' })
    await db.run(`update backstory.functions set version = 0 where name = 'diff'`)
    expect(await backstory.plan()).toContain('function backstory.diff')
    await backstory.install()
    expect(await backstory.plan()).toBe('')
  })

  test('uninstall removes triggers and machinery, keeps the log, and installing again goes on with it', async () => {
    const backstory = createBackstory(db.database)
    await db.run('create table kept (id integer primary key)')
    await backstory.track('kept')
    await db.run('insert into kept values (1)')
    await backstory.uninstall()
    await db.run('insert into kept values (2)')
    expect(await readLog(db, 'kept')).toHaveLength(1)
    expect(await count(`select count(*) from pg_namespace where nspname = 'backstory'`)).toBe(0)
    expect(await count(`select count(*) from pg_trigger where tgname like '!backstory%'`)).toBe(0)
    await expect((async () => backstory.entries())()).resolves.toMatchObject({ nextCursor: null })
    await expect(backstory.track('kept')).rejects.toMatchObject({ code: 'not_installed' })

    await backstory.install()
    await backstory.track('kept')
    await db.run('insert into kept values (3)')
    expect((await readLog(db, 'kept')).map(({ elementId }) => elementId)).toEqual(['1', '3'])
    await backstory.uninstall({ log: 'drop' })
    expect(await count(`select count(*) from pg_class where relname = 'audit_logs'`)).toBe(0)
    await backstory.uninstall()
    await backstory.install()
  })

  test('another table called audit_logs is not touched, and the error names the way out', async () => {
    const backstory = createBackstory(db.database)
    await backstory.uninstall({ log: 'drop' })
    await db.run('create table audit_logs (id integer, message text)')
    await expect(backstory.install()).rejects.toMatchObject({
      code: 'install_failed',
      message: expect.stringContaining('schema'),
    })
    await db.run('drop table audit_logs')
    await backstory.install()
  })

  test('in a schema of its own everything is there, beside another installation', async () => {
    const own = createBackstory(db.database, { schema: 'audit' })
    const other = createBackstory(db.database)
    await other.install()
    await own.install()
    await db.run('create table twice (id integer primary key, name text)')
    await own.track('twice')
    await other.track('twice', { ignore: ['name'] }).catch(() => undefined)
    await db.run(`insert into twice values (1, 'a'); update twice set name = 'b';`)
    const page = await own.entries({ elementType: 'twice', order: 'oldest' })
    expect(page.entries.map(({ action }) => action)).toEqual(['insert', 'update'])
    const [insert] = page.entries
    if (insert === undefined) throw new Error('The entry is there.')
    expect(await own.element('twice', 1).at(insert)).toEqual({ id: 1, name: 'a' })
    expect(await count('select count(*) from audit.audit_logs')).toBe(2)
    await own.uninstall()
    expect(await count('select count(*) from audit.audit_logs')).toBe(2)
    await own.uninstall({ log: 'drop' })
    expect(await count(`select count(*) from pg_namespace where nspname = 'audit'`)).toBe(0)
  })

  test.each(['Audit', 'public', 'pg_audit', 'a b', `x'; drop`, ''])(
    'the schema name %j is refused',
    (schema) => {
      expect(() => createBackstory(db.database, { schema })).toThrow(
        expect.objectContaining({ code: 'invalid_argument' }),
      )
    },
  )

  test('install({ schema }) puts it elsewhere', async () => {
    const backstory = createBackstory(db.database)
    await backstory.install({ schema: 'elsewhere' })
    expect(await count('select count(*) from elsewhere.audit_logs')).toBe(0)
    await backstory.uninstall({ log: 'drop' })
  })
})

describe('installing concurrently', () => {
  test('ten processes at once are one installation', async () => {
    const db = await openPostgres({ template: 'empty' })
    try {
      const pools = Array.from({ length: 10 }, () => new pg.Pool({ connectionString: db.url, max: 1 }))
      await Promise.all(pools.map((pool) => createBackstory(pool).install()))
      await Promise.all(pools.map((pool) => pool.end()))
      const [row] = await db.query(
        'select count(*)::int as migrations, max(number) as newest from backstory.migrations',
      )
      expect(row?.['migrations']).toBe(row?.['newest'])
    } finally {
      await db.close()
    }
  })
})

describe('an installation that brings functions up to date', () => {
  test('waits for a change of a tracked table that is under way, and neither fails', async () => {
    const db = await openPostgres()
    try {
      const backstory = createBackstory(db.database)
      await db.run(`
        create table altered (id integer primary key);
        select backstory.track('altered');
        update backstory.functions set version = 0`)
      await db.session(async (session) => {
        await session.run('begin; alter table altered add column n integer')
        const installed = backstory.install()
        installed.catch(() => undefined)
        const waiting = `select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
        // not in the session's transaction, which would see one moment only
        while ((await db.query(waiting))[0]?.['n'] === 0);
        await session.run('commit')
        await installed
      })
      await db.run('insert into altered values (1, 1); update altered set n = 2')
      expect((await readLog(db, 'altered')).map(({ action }) => action)).toEqual(['insert', 'update'])
      expect(await backstory.plan()).toBe('')
    } finally {
      await db.close()
    }
  })
})

describe('createBackstory', () => {
  test.each([undefined, null, 1, {}, { query: () => undefined }])(
    'refuses %j with what it takes',
    (database) => {
      // @ts-expect-error none of these is a database
      expect(() => createBackstory(database)).toThrow(
        expect.objectContaining({ code: 'unsupported_database' }),
      )
    },
  )
})
