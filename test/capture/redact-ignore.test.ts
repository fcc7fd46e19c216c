import { expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { describeOnEveryDatabase } from '../support/database.ts'
import { readEntries, readLog } from '../support/log.ts'

const later = () => new Date(Date.now() + 3_600_000)

describeOnEveryDatabase('ignored columns', (db) => {
  test('are neither recorded nor reason enough for an entry', async () => {
    await db().run(`
      create table notes (id integer primary key, body text, updated_at timestamptz, views integer);
      select backstory.track('notes', '{"ignore": ["updated_at", "views"]}');
      insert into notes values (1, 'a', now(), 0);
      update notes set updated_at = now(), views = 1;
      update notes set body = 'b', updated_at = now(), views = 2;
      delete from notes`)
    expect(await readLog(db(), 'notes')).toEqual([
      { action: 'insert', elementId: '1', changes: { after: { id: 1, body: 'a' } } },
      { action: 'update', elementId: '1', changes: { before: { body: 'a' }, after: { body: 'b' } } },
      { action: 'delete', elementId: '1', changes: { before: { id: 1, body: 'b' } } },
    ])
  })

  test('a column that is part of the key cannot be ignored: no state could be put back', async () => {
    await db().run('create table kept (id integer primary key, n integer)')
    await expect(createBackstory(db().database).track('kept', { ignore: ['id'] })).rejects.toMatchObject({
      code: 'invalid_option',
    })
  })
})

describeOnEveryDatabase('redacted columns', (db) => {
  test('that they changed is recorded, their values are not; the marker is no data', async () => {
    await db().run(`
      create table users (id integer primary key, name text, password text, pin integer, keys jsonb);
      select backstory.track('users', '{"redact": ["password", "pin", "keys"]}');
      insert into users values (1, 'ada', 'sesame-1', 4711, '{"k": "sesame-2"}');
      update users set password = 'sesame-3';
      update users set name = 'Ada', keys = '{"k": "sesame-4"}';
      update users set password = password, pin = 4711;
      delete from users`)
    const redacted = ['password', 'pin', 'keys']
    expect(await readLog(db(), 'users')).toEqual([
      { action: 'insert', elementId: '1', changes: { after: { id: 1, name: 'ada' }, redacted } },
      { action: 'update', elementId: '1', changes: { before: {}, after: {}, redacted: ['password'] } },
      {
        action: 'update',
        elementId: '1',
        changes: { before: { name: 'ada' }, after: { name: 'Ada' }, redacted: ['keys'] },
      },
      { action: 'delete', elementId: '1', changes: { before: { id: 1, name: 'Ada' }, redacted } },
    ])
  })

  test('the secret is in no table, no answer and no error', async () => {
    const secret = 'SESAME-7b1f'
    const backstory = createBackstory(db().database)
    await db().run(`
      create table vaults (
        id integer primary key, name text, secret text, world text, n integer,
        constraint short check (length(secret) < 40)
      );
      insert into vaults values (9, 'before', '${secret}', 'w', 0);
      select backstory.track('vaults', '{"redact": ["secret"], "label": "name", "scope": "world"}');
      insert into vaults values (1, 'a', '${secret}', 'w', 0);
      update vaults set secret = '${secret}+';
      update vaults set name = 'b', secret = '${secret}';
      update vaults set id = 2 where id = 1;
      alter table vaults rename column secret to hidden;
      update vaults set hidden = '${secret}+' where id = 2;
      alter table vaults alter column hidden type varchar(90);
      update vaults set hidden = '${secret}' where id = 2;
      truncate vaults;
      insert into vaults values (3, 'c', '${secret}', 'w', 0)`)
    await backstory.track('vaults', { redact: ['hidden'], scope: 'world' })
    await backstory.untrack('vaults')
    await backstory.track('vaults', { redact: ['hidden'] })
    await db().run(`update vaults set hidden = '${secret}++', n = 1`)

    const errors: unknown[] = []
    for (const attempt of [
      () => backstory.track('vaults', { redact: ['hidden'], label: 'hidden' }),
      () => backstory.track('vaults', { redact: ['hidden'], scope: 'hidden' }),
      () => backstory.track('vaults', { redact: ['hidden'], key: ['hidden'] }),
      () =>
        db().run(
          'alter table audit_logs add constraint full_up check (id < 0) not valid; update vaults set n = 2',
        ),
    ]) {
      await attempt().then(
        () => expect.unreachable('this is refused'),
        (error: unknown) => errors.push(error),
      )
    }
    const describeError = (error: unknown): string =>
      error instanceof Error
        ? JSON.stringify([error.message, ...Object.entries(error)]) + describeError(error.cause)
        : String(error)
    expect(errors.map(describeError).join('\n')).not.toContain(secret)

    const element = backstory.element('vaults', 2)
    const { entries } = await element.entries()
    const states = await Promise.all(entries.map((entry) => element.at(entry)))
    expect(entries.length).toBeGreaterThan(3)
    expect(states.some((state) => state !== null)).toBe(true)
    expect(JSON.stringify([entries, states, await backstory.element('vaults', 3).at(later())])).not.toContain(
      secret,
    )
    expect(JSON.stringify(await backstory.tracked())).not.toContain(secret)

    const tables = await db().query(`
      select format('%I.%I', table_schema, table_name) as name from information_schema.tables
      where table_schema = 'backstory' or table_name = 'audit_logs'`)
    expect(tables.length).toBeGreaterThan(4)
    for (const { name } of tables) {
      const rows = await db().query(
        `select t::text from ${String(name)} t where t::text like '%' || $1 || '%'`,
        [secret],
      )
      expect(rows, String(name)).toEqual([])
    }
    const functions = await db().query(`select proname from pg_proc where prosrc like '%' || $1 || '%'`, [
      secret,
    ])
    expect(functions).toEqual([])
  })

  test.each([
    [{ redact: ['secret'], label: 'secret' }, 'invalid_option', 'label'],
    [{ redact: ['secret'], scope: 'secret' }, 'invalid_option', 'scope'],
    [{ redact: ['secret'], key: ['secret'] }, 'invalid_option', 'key'],
    [{ redact: ['secret'], ignore: ['secret'] }, 'invalid_option', 'ignore'],
    [{ redact: ['id'] }, 'invalid_option', 'key'],
    [{ redact: ['secrets'] }, 'unknown_column', 'Its columns are id, secret, n'],
    [{ ignore: ['Secret'] }, 'unknown_column', 'Its columns are'],
    [{ label: 'nickname' }, 'unknown_column', 'Its columns are'],
  ] as const)('track(…, %j) is refused', async (options, code, text) => {
    await db().run(
      'create table if not exists choosy (id integer primary key, secret text not null, n integer)',
    )
    await expect(createBackstory(db().database).track('choosy', options)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(text),
    })
  })

  test.each([
    ['{"redacted": ["n"]}', 'BS109', 'Track has no option "redacted"'],
    ['{"redact": "n"}', 'BS109', 'an array of column names'],
    ['{"redact": [1]}', 'BS109', 'an array of column names'],
    ['{"label": ["n"]}', 'BS109', 'names one column, as a string'],
    ['[]', 'BS109', 'must be a JSON object'],
    ['null', 'BS109', 'must be a JSON object'],
  ])('in SQL, track with the options %s is refused', async (options, code, text) => {
    await db().run(
      'create table if not exists choosy (id integer primary key, secret text not null, n integer)',
    )
    await expect(db().query(`select backstory.track('choosy', $1::jsonb)`, [options])).rejects.toMatchObject({
      code,
      message: expect.stringContaining(text),
    })
  })

  test('a column that is generated from a redacted one would tell it, so it has to be redacted too', async () => {
    await db().run(`
      create table derived (
        id integer primary key, secret text, n integer,
        lower_secret text generated always as (lower(secret)) stored,
        double integer generated always as (n * 2) stored
      )`)
    const backstory = createBackstory(db().database)
    await expect(backstory.track('derived', { redact: ['secret'] })).rejects.toMatchObject({
      code: 'invalid_option',
      message: expect.stringMatching(/"lower_secret" of derived is generated from "secret".*redact it too/s),
    })
    await backstory.track('derived', { redact: ['secret', 'lower_secret'] })
    await db().run(`insert into derived values (1, 'Sesame', 2)`)
    expect((await readLog(db(), 'derived'))[0]?.changes).toEqual({
      after: { id: 1, n: 2, double: 4 },
      redacted: ['secret', 'lower_secret'],
    })
  })

  test('so does one that is added later: the change of definition, or the next write, is refused', async () => {
    await db().run(`
      create table disclosed (id integer primary key, secret text);
      select backstory.track('disclosed', '{"redact": ["secret"]}')`)
    await expect(
      db().run(`
        alter table disclosed add column tell text generated always as (upper(secret)) stored;
        insert into disclosed values (1, 'sesame')`),
    ).rejects.toMatchObject({
      code: 'BS109',
      message: expect.stringContaining('"tell" of disclosed is generated'),
    })
  })

  test('redacting a column later keeps it out of new entries and of all states; older entries keep what they have', async () => {
    await db().run(`
      create table matured (id integer primary key, n integer, secret text);
      select backstory.track('matured');
      insert into matured values (1, 1, 'early');
      select backstory.track('matured', '{"redact": ["secret"]}');
      update matured set secret = 'late', n = 2`)
    const [insert, update] = await readEntries(db(), 'matured')
    expect(insert?.changes).toEqual({ after: { id: 1, n: 1, secret: 'early' } })
    expect(update?.changes).toEqual({ before: { n: 1 }, after: { n: 2 }, redacted: ['secret'] })
    const element = createBackstory(db().database).element('matured', 1)
    const { entries } = await element.entries({ order: 'oldest' })
    expect(await Promise.all(entries.map((entry) => element.at(entry)))).toEqual([
      { id: 1, n: 1 },
      { id: 1, n: 2 },
    ])
  })
})

describeOnEveryDatabase('scope', (db) => {
  test('the value of the scope column is in every entry, as text', async () => {
    await db().run(`
      create table scoped (id integer primary key, world uuid, n integer);
      select backstory.track('scoped', '{"scope": "world"}');
      insert into scoped values (1, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 1), (2, null, 1);
      update scoped set n = 2;
      delete from scoped`)
    const entries = await readEntries(db(), 'scoped')
    expect(entries.map(({ action, scope }) => [action, scope])).toEqual([
      ['insert', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
      ['insert', null],
      ['update', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
      ['update', null],
      ['delete', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
      ['delete', null],
    ])
  })

  test('a row that moves to another scope is recorded in the new one', async () => {
    await db().run(`
      create table movers (id integer primary key, world integer);
      select backstory.track('movers', '{"scope": "world"}');
      insert into movers values (1, 1);
      update movers set world = 2;
      update movers set id = 2, world = 3`)
    expect((await readEntries(db(), 'movers')).map(({ action, scope }) => [action, scope])).toEqual([
      ['insert', '1'],
      ['update', '2'],
      ['delete', '2'],
      ['insert', '3'],
    ])
  })

  test('the scope column follows a rename; other options are replaced by a second track', async () => {
    await db().run(`
      create table realms (id integer primary key, world integer, n integer);
      select backstory.track('realms', '{"scope": "world"}');
      alter table realms rename column world to realm;
      insert into realms values (1, 7, 1);
      select backstory.track('realms', '{"ignore": ["n"]}');
      insert into realms values (2, 7, 1)`)
    expect((await readEntries(db(), 'realms')).map(({ scope, changes }) => [scope, changes])).toEqual([
      ['7', { after: { id: 1, realm: 7, n: 1 } }],
      [null, { after: { id: 2, realm: 7 } }],
    ])
  })
})
