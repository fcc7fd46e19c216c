import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { actingAs, createBackstory } from '../../src/index.ts'
import { describeOnPostgresAndPglite, openPostgres } from '../support/database.ts'
import { readEntries } from '../support/log.ts'

describeOnPostgresAndPglite('reads', (db) => {
  const backstory = () => createBackstory(db().database)
  const readLog = async (table: string) =>
    (await readEntries(db(), table)).filter(({ action }) => action === 'read')

  beforeAll(async () => {
    await db().run(`
      create table files (id integer primary key, world text, body text);
      create table pages (book text, number integer, primary key (book, number));
      create table plain (id uuid primary key);
      create table untracked (id integer primary key);
      select backstory.track('files', '{"scope": "world", "redact": ["body"]}');
      select backstory.track('pages');
      select backstory.track('plain');
      insert into files values (1, 'earth', 'secret'), (2, 'sea', 'secret');
      insert into pages values ('a', 1);`)
  })

  test('are entries with the action read, the actor, the reason and the scope, and no changes', async () => {
    await actingAs({ userId: 'ada', requestId: 'r1' }, () =>
      backstory().read('files', [1, 2], { reason: 'support' }),
    )
    const entries = await readLog('files')
    expect(entries.map(({ elementId, scope, userId }) => ({ elementId, scope, userId }))).toEqual([
      { elementId: '1', scope: 'earth', userId: 'ada' },
      { elementId: '2', scope: 'sea', userId: 'ada' },
    ])
    for (const { context, changes } of entries) {
      expect(context).toEqual({ requestId: 'r1', reason: 'support' })
      expect(changes).toBeNull()
    }
    const page = await backstory().element('files', 1).entries({ action: 'read' })
    expect(page.entries).toMatchObject([{ elementId: '1', changes: null }])
  })

  test('are recorded of an element that is gone, and of ids that never were, without a scope', async () => {
    await db().run(`insert into files values (3, 'sky', ''); delete from files where id = 3`)
    await backstory().read('files', ['3', 'no number'])
    expect((await readLog('files')).slice(-2)).toMatchObject([
      { elementId: '3', scope: null, userId: null, context: null },
      { elementId: 'no number', scope: null },
    ])
  })

  test('are known by the id that the log uses, however it was written', async () => {
    await db().run(`insert into plain values ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11')`)
    await backstory().read('plain', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11')
    expect((await readLog('plain')).map(({ elementId }) => elementId)).toEqual([
      'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
    ])
  })

  test('of a composite key are a list in the list', async () => {
    await backstory().read('pages', [['a', 1]])
    expect((await readLog('pages')).map(({ elementId }) => elementId)).toEqual(['["a",1]'])
    await expect(backstory().read('pages', ['a', 1])).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining(`[['a', 1]]`),
    })
  })

  test('of one turn become one statement and one transaction, each with its own actor', async () => {
    const log = backstory()
    await Promise.all([
      actingAs({ userId: 'bo' }, () => log.read('files', 1)),
      actingAs({ userId: 'cy' }, async () => {
        await Promise.resolve()
        await log.read('plain', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11')
      }),
      log.read('files', 2),
    ])
    const entries = (await readEntries(db())).slice(-3)
    expect(entries.map(({ userId }) => userId).toSorted()).toEqual(['bo', 'cy', null])
    expect(new Set(entries.map(({ transactionId }) => transactionId)).size).toBe(1)
  })

  test('that are refused fail alone: the others of the same turn are recorded', async () => {
    const log = backstory()
    const count = (await readLog('files')).length
    const outcomes = await Promise.allSettled([
      log.read('files', 1),
      log.read('untracked', 1),
      log.read('files', 2),
      log.read('nowhere', 1),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected'])
    expect(outcomes[1]).toMatchObject({ reason: { name: 'BackstoryError', code: 'not_tracked' } })
    expect(await readLog('files')).toHaveLength(count + 2)
  })

  test('of nothing are nothing', async () => {
    const count = (await readEntries(db())).length
    await backstory().read('files', [])
    expect(await readEntries(db())).toHaveLength(count)
  })

  test('refuse an option that is not known, and a reason that is no text', async () => {
    // @ts-expect-error there is no such option
    await expect(backstory().read('files', 1, { why: 'x' })).rejects.toMatchObject({
      code: 'invalid_argument',
    })
    // @ts-expect-error a reason is a text
    await expect(backstory().read('files', 1, { reason: 1 })).rejects.toMatchObject({
      code: 'invalid_context',
    })
  })

  test('from SQL carry the context in force, or the one that is given', async () => {
    await db().session((session) =>
      session.run(`
        begin;
        select backstory.set_context('{"userId": "psql", "reason": "audit"}');
        select backstory.record_reads('files', '["1"]');
        select backstory.record_reads('files', '["2"]', '{"userId": "named"}');
        commit;`),
    )
    expect((await readLog('files')).slice(-2)).toMatchObject([
      { elementId: '1', userId: 'psql', context: { reason: 'audit' } },
      { elementId: '2', userId: 'named', context: null },
    ])
    await expect(db().run(`select backstory.record_reads('files', '[1]')`)).rejects.toMatchObject({
      code: 'BS120',
    })
    await expect(db().run(`select backstory.record_reads('files', '"1"')`)).rejects.toMatchObject({
      code: 'BS120',
    })
  })

  test('follow a table that was renamed, by either name', async () => {
    await db().run(`
      create table letters (id integer primary key);
      select backstory.track('letters');
      alter table letters rename to mails;`)
    await backstory().read('letters', 1)
    await backstory().read('mails', 2)
    expect((await readLog('mails')).map(({ elementId }) => elementId)).toEqual(['1', '2'])
  })

  test('by nobody are refused where an actor is required', async () => {
    await backstory().install({ context: 'required' })
    await expect(backstory().read('files', 1)).rejects.toMatchObject({ code: 'context_required' })
    await actingAs({ userId: 'ada' }, () => backstory().read('files', 1))
    expect((await readLog('files')).at(-1)).toMatchObject({ userId: 'ada' })
  })
})

describe('an application role', () => {
  let db: Awaited<ReturnType<typeof openPostgres>>
  let application: pg.Pool
  const role = `backstory_reader_${process.pid}`

  beforeAll(async () => {
    db = await openPostgres()
    await db.run(`
      create role ${role};
      create table shown (id integer primary key, world text);
      create table hidden (id integer primary key);
      create table partly (id integer primary key, note text);
      select backstory.track('shown', '{"scope": "world"}');
      select backstory.track('hidden');
      select backstory.track('partly');
      insert into shown values (1, 'earth');
      grant select on shown to ${role};
      grant select (note) on partly to ${role};`)
    const url = new URL(db.url)
    url.searchParams.set('options', `-c role=${role}`)
    application = new pg.Pool({ connectionString: url.href })
  })

  afterAll(async () => {
    await application.end()
    await db.run(`drop owned by ${role} cascade; drop role ${role}`)
    await db.close()
  })

  test('records its reads without any right on the log', async () => {
    const backstory = createBackstory(application)
    await actingAs({ userId: 'ada' }, () => backstory.read('shown', 1))
    await backstory.read('partly', 1)
    expect(await readEntries(db, 'shown')).toMatchObject([
      { action: 'insert' },
      { action: 'read', elementId: '1', scope: 'earth', userId: 'ada' },
    ])
    expect(await readEntries(db, 'partly')).toMatchObject([{ action: 'read', elementId: '1', scope: null }])
  })

  test('cannot say that somebody read a table that it may not read itself', async () => {
    await expect(createBackstory(application).read('hidden', 1)).rejects.toMatchObject({
      code: 'permission_denied',
    })
    await expect(application.query(`select backstory.record_reads('hidden', '["1"]')`)).rejects.toMatchObject(
      { code: '42501' },
    )
    expect(await readEntries(db, 'hidden')).toEqual([])
  })

  test('can forge no other entry, nor another action, by what it passes on', async () => {
    const before = (await readEntries(db)).length
    await application.query('select backstory.record_reads($1, $2, $3)', [
      'shown',
      JSON.stringify([`1', null, 'eve', 'delete', '{}'); --`]),
      JSON.stringify({ userId: 'eve', action: 'delete', changes: { before: {} }, transaction_id: '1' }),
    ])
    const entries = await readEntries(db)
    expect(entries).toHaveLength(before + 1)
    expect(entries.at(-1)).toMatchObject({ action: 'read', elementType: 'shown', changes: null })
  })

  test.each([
    `select backstory.readable_row(null, '1')`,
    `insert into audit_logs (element_type, element_id, action) values ('shown', '1', 'read')`,
  ])('may not %s', async (statement) => {
    await expect(application.query(statement)).rejects.toMatchObject({ code: '42501' })
  })

  test('gets nobody else to run what it puts in the way', async () => {
    const client = await application.connect()
    try {
      await client.query(`
        set search_path = pg_temp, public;
        create function pg_temp.jsonb_typeof(jsonb) returns text language sql as $$ select 'forged' $$;
        create function pg_temp.has_table_privilege(text, oid, text) returns boolean language sql as $$ select true $$;`)
      await expect(client.query(`select backstory.record_reads('hidden', '["1"]')`)).rejects.toMatchObject({
        code: '42501',
      })
    } finally {
      client.release(true)
    }
  })
})
