import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { BackstoryError, createBackstory, formatJson } from '../../src/index.ts'
import { openPostgres } from '../support/database.ts'
import { readEntries } from '../support/log.ts'
import { copyByHand, restoreByArchive, restoreBySql, writeHistory } from '../support/restore-database.ts'
import { readServerVersion } from '../support/server-version.ts'

type Source = Awaited<ReturnType<typeof openPostgres>>

describe.each(['superuser', 'owner'] as const)('a database that the role %s has installed', (role) => {
  let source: Source
  let version = 0

  beforeAll(async () => {
    source = await openPostgres({ role })
    version = await readServerVersion(source)
    await writeHistory(source, version)
  })

  afterAll(async () => {
    await source.close()
  })

  test('has no column that holds an OID in any table of Backstory', async () => {
    const columns = await source.query(`
      select a.attrelid::regclass::text || '.' || a.attname as name, a.atttypid::regtype::text as type
      from pg_attribute a
      join pg_class c on c.oid = a.attrelid
      where
        a.attnum > 0
        and c.relkind in ('r', 'p')
        and (c.relnamespace = 'backstory'::regnamespace or c.oid = 'audit_logs'::regclass)`)
    expect(columns.length).toBeGreaterThan(20)
    expect(
      columns.filter(({ type }) => /^(reg|oid|xid$|cid|tid|int2vector|aclitem)/.test(String(type))),
    ).toEqual([])
  })

  test('has no value in them, and no constant in a capture function, that is an OID', async () => {
    const texts = await source.query(`
      select to_jsonb(l) - '{timestamp,transaction_id}'::text[] as row from audit_logs l
      union all
      select to_jsonb(t) from backstory.tracked t
      union all
      select to_jsonb(s) - 'timestamp' from backstory.schema_changes s
      union all
      select to_jsonb(s) from backstory.settings s
      union all
      select to_jsonb(p.prosrc) from pg_proc p where p.pronamespace = 'backstory'::regnamespace
      union all
      select to_jsonb(pg_get_triggerdef(tg.oid)) from pg_trigger tg where tg.tgname like '!backstory%'`)
    const numbers = new Set(JSON.stringify(texts).match(/\b\d{5,9}\b/g))
    const [found] = await source.query(
      `select array_agg(o.name) as names
       from (
         select oid, oid::regclass::text as name from pg_class
         union all select oid, oid::regprocedure::text from pg_proc
         union all select oid, oid::regtype::text from pg_type
         union all select oid, nspname from pg_namespace
         union all select oid, tgname from pg_trigger
         union all select oid, conname from pg_constraint
         union all select oid, rolname from pg_roles
         union all select oid, datname from pg_database
       ) as o
       where o.oid >= 16384 and o.oid::text = any ($1)`,
      [[...numbers]],
    )
    expect(texts.length).toBeGreaterThan(60)
    expect(found?.['names']).toBe(null)
  })

  describe.each([
    ['dumped as SQL and restored by psql', restoreBySql],
    ['dumped and restored by pg_restore', restoreByArchive],
    ['copied by hand, definitions, rows and sequences', copyByHand],
  ] as const)('%s', (_, restore) => {
    test('has its history there, goes on recording, and follows later changes of its tables', async (context) => {
      const target = await openPostgres({ role, template: restore === copyByHand ? 'installed' : 'empty' })
      try {
        // other things come first there, so that nothing has the OID that it had
        await target.run('create table earlier (id integer primary key); drop table earlier')
        const obstacle = await restore(source, target, version)
        if (obstacle !== undefined) context.skip(obstacle)

        const before = await readHistory(source)
        expect(before.states.length).toBeGreaterThan(15)
        expect(await readHistory(target)).toEqual(before)
        const backstory = createBackstory(target.database)
        expect(await backstory.plan()).toBe('')
        await backstory.install()
        expect(await readHistory(target)).toEqual(before)

        await expectToGoOn(target)
      } finally {
        await target.close()
      }
    })
  })

  describe('restored, a column has another number where one before it had been dropped, and is still known', () => {
    test.each([
      ['a write', '', {}],
      ['the removal of a column', 'alter table heroes drop column hp', { hp: undefined }],
      [
        'the removal of the column behind the gap',
        'alter table heroes drop column title',
        { title: undefined },
      ],
      ['a new column', 'alter table heroes add column extra text', {}],
      [
        'a new name',
        'alter table heroes rename title to known_as',
        { title: undefined, known_as: 'Archmage' },
      ],
      [
        'new names and removals',
        `alter table heroes rename title to known_as;
         alter table heroes rename hp to health;
         alter table heroes drop column attributes;
         alter table heroes rename rank to standing`,
        {
          hp: undefined,
          health: 10,
          attributes: undefined,
          title: undefined,
          rank: undefined,
          standing: 'archmage',
          known_as: 'Archmage',
        },
      ],
    ])('when the first thing that happens is %s', async (_, change, difference) => {
      const target = await openPostgres({ role })
      try {
        await copyByHand(source, target, version)
        await target.run(change)
        await target.run(
          `update heroes set secret = 'u', note = 'm', born = '2027-01-01', world = 'ekumen' where id = 1`,
        )
        const [last] = (await readEntries(target, 'heroes')).slice(-1)
        expect(last).toMatchObject({
          action: 'update',
          scope: 'ekumen',
          changes: {
            before: { born: '2026-01-31', world: 'earthsea' },
            after: { born: '2027-01-01', world: 'ekumen' },
            redacted: ['secret'],
          },
        })
        const hero = createBackstory(target.database).element('heroes', 1)
        const [, past] = (await hero.entries()).entries
        if (past === undefined) throw new Error('There are entries of before.')
        expect(JSON.parse(formatJson(await hero.at(past)))).toEqual({
          ...{ id: 1, title: 'Archmage', hp: 10, attributes: { a: { b: 1, c: null } }, world: 'earthsea' },
          ...{ rank: 'archmage', born: '2026-01-31' },
          ...difference,
        })
      } finally {
        await target.close()
      }
    })
  })
})

/** What is asked of the log: the entries to the last byte, what is tracked, and the state after each entry. */
async function readHistory(db: Source): Promise<{
  readonly log: readonly unknown[]
  readonly tracked: readonly unknown[]
  readonly states: readonly unknown[]
}> {
  const backstory = createBackstory(db.database)
  const states: unknown[] = []
  for await (const entry of backstory.entries({ order: 'oldest', limit: 1000 })) {
    const element = backstory.element(entry.elementType, entry.elementId)
    const outcomes = [entry, entry.timestamp].map((moment) =>
      element.at(moment).then(formatJson, (error: unknown) => {
        if (error instanceof BackstoryError) return error.code
        throw error
      }),
    )
    states.push([entry.id, ...(await Promise.all(outcomes))])
  }
  return {
    log: await db.query('select l::text as entry from audit_logs l order by id'),
    tracked: await backstory.tracked(),
    states,
  }
}

/** Writes are recorded, renames and partitions followed, right where the restored history ends. */
async function expectToGoOn(db: Source): Promise<void> {
  const backstory = createBackstory(db.database)
  const [last] = (await readEntries(db)).slice(-1)
  await db.run(`
    alter table heroes rename title to known_as;
    alter table heroes rename world to realm;
    alter table heroes drop column hp;
    alter table places rename to locations;
    create table events_2027 partition of events for values from ('2027-01-01') to ('2028-01-01')`)
  await db.run(`
    update heroes set known_as = 'Ged', secret = 'u' where id = 1;
    update guild."Order Items" set n = 2;
    insert into locations (name) values ('Havnor');
    insert into events values (3, '2027-01-01', 'd');
    insert into left_alone values (2);
    truncate events`)
  const added = (await readEntries(db)).filter(({ id }) => BigInt(id) > BigInt(last?.id ?? 0))
  expect(
    added.map(({ elementType, elementId, action, scope, changes }) => ({
      elementType,
      elementId,
      action,
      scope,
      changes,
    })),
  ).toMatchObject([
    {
      elementType: 'heroes',
      elementId: '1',
      action: 'update',
      scope: 'earthsea',
      changes: { before: { known_as: 'Archmage' }, after: { known_as: 'Ged' }, redacted: ['secret'] },
    },
    { elementType: 'guild."Order Items"', elementId: String.raw`["a \"b\"",2]`, action: 'update' },
    { elementType: 'locations', elementId: '3', action: 'insert' },
    { elementType: 'events', elementId: '[3,"2027-01-01"]', action: 'insert' },
    { elementType: 'events', action: 'delete' },
    { elementType: 'events', action: 'delete' },
    { elementType: 'events', action: 'delete' },
  ])
  // partitions are truncated in any order
  expect(added.slice(-3).map(({ elementId }) => elementId)).toEqual(
    expect.arrayContaining(['[1,"2026-01-01"]', '[2,"2026-05-05"]', '[3,"2027-01-01"]']),
  )

  const hero = backstory.element('heroes', 1)
  const { entries } = await hero.entries({ order: 'oldest' })
  expect(await Promise.all(entries.map((entry) => hero.at(entry)))).toMatchObject([
    { id: 1, known_as: 'Ged', attributes: { a: {} }, realm: 'earthsea', rank: 'mage' },
    { id: 1, known_as: 'Sparrowhawk', attributes: { a: { c: null } }, realm: 'earthsea', rank: 'mage' },
    { id: 1, known_as: 'Archmage', realm: 'earthsea', rank: 'archmage', born: '2026-01-31' },
    { id: 1, known_as: 'Ged', realm: 'earthsea', rank: 'archmage', born: '2026-01-31' },
  ])
  const place = backstory.element('locations', 1)
  const past = (await place.entries({ order: 'oldest' })).entries
  expect(past.map(({ elementType }) => elementType)).toEqual(['old_places', 'places'])
  expect(await Promise.all(past.map((entry) => place.at(entry)))).toEqual([
    { id: 1, name: 'Roke' },
    { id: 1, name: 'ROKE' },
  ])
  expect((await backstory.tracked()).find(({ elementType }) => elementType === 'heroes')?.options).toEqual({
    scope: 'realm',
    label: 'known_as',
    redact: ['secret'],
    ignore: ['note'],
  })

  await expect(db.run('delete from audit_logs')).rejects.toMatchObject({ code: 'BS107' })
  const [callable] = await db.query(`
    select count(*)::integer as functions, count(*) filter (where has_function_privilege('public', p.oid, 'execute'))::integer as callable
    from pg_proc p
    where p.pronamespace = 'backstory'::regnamespace and p.proname like 'capture%'`)
  expect(callable).toEqual({ functions: expect.any(Number), callable: 0 })
}
