import { expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { describeOnEveryDatabase } from '../support/database.ts'

describeOnEveryDatabase('what cannot be tracked is refused, with the reason', (db) => {
  test.each([
    ['view', 'create view seen as select 1 as id', 'seen', 'it is a view'],
    ['materialized view', 'create materialized view kept as select 1 as id', 'kept', 'it is a view'],
    ['log', '', 'audit_logs', `it is Backstory's own`],
    ['machinery', '', 'backstory.tracked', `it is Backstory's own`],
    ['bookkeeping', '', 'backstory.migrations', `it is Backstory's own`],
    ['catalog', '', 'pg_catalog.pg_class', 'it belongs to PostgreSQL'],
  ])('a %s', async (_, definition, name, reason) => {
    await db().run(definition)
    await expect(createBackstory(db().database).track(name)).rejects.toMatchObject({
      code: 'unsupported_table',
      message: expect.stringContaining(reason),
    })
  })

  test('a foreign table, and a table with a partition that is one: writes elsewhere fire no trigger here', async ({
    skip,
  }) => {
    if (!db().isSuperuser) skip('creating a foreign data wrapper takes a superuser')
    await db().run(`
      create foreign data wrapper nowhere;
      create server nowhere foreign data wrapper nowhere;
      create foreign table remote (id integer not null) server nowhere;
      create table partly_remote (id integer not null) partition by range (id);
      create table here partition of partly_remote for values from (0) to (10);
      create foreign table there partition of partly_remote for values from (10) to (20) server nowhere`)
    const backstory = createBackstory(db().database)
    await expect(backstory.track('remote', { key: ['id'] })).rejects.toMatchObject({
      code: 'unsupported_table',
      message: expect.stringContaining('Track it on the server that holds it'),
    })
    await expect(backstory.track('partly_remote', { key: ['id'] })).rejects.toMatchObject({
      code: 'unsupported_table',
      message: expect.stringContaining('its partition public.there is a foreign table'),
    })
    await db().run(
      `alter table partly_remote detach partition there; select backstory.track('partly_remote', '{"key": ["id"]}')`,
    )
    await expect(
      db().run('alter table partly_remote attach partition there for values from (10) to (20)'),
    ).rejects.toMatchObject({ code: 'BS104' })
  })

  test('a temporary table', async () => {
    await db().session(async (session) => {
      await session.run('create temporary table fleeting (id integer primary key)')
      const [schema] = await session.query(`select pg_my_temp_schema()::regnamespace::text as name`)
      await expect(
        session.run(`select backstory.track('${String(schema?.['name'])}.fleeting')`),
      ).rejects.toMatchObject({
        code: 'BS104',
        message: expect.stringContaining('it is a temporary table'),
      })
      await session.run('drop table fleeting')
    })
  })

  test.each(['repeatable read', 'serializable'])(
    'any table in a %s transaction, whose snapshot may be older than its columns',
    async (level) => {
      const table = `snapped_${level.replace(' ', '_')}`
      await db().run(`create table ${table} (id integer primary key)`)
      await db().session(async (session) => {
        await session.run(`begin isolation level ${level}`)
        await expect(session.run(`select backstory.track('${table}')`)).rejects.toMatchObject({
          code: 'BS104',
          message: expect.stringContaining(`${table} cannot be tracked in a ${level} transaction`),
        })
      })
    },
  )

  test('a sequence or an index is no table', async () => {
    await db().run('create sequence counted; create table indexed (id integer primary key)')
    for (const name of ['counted', 'indexed_pkey']) {
      await expect(createBackstory(db().database).track(name)).rejects.toMatchObject({
        code: 'table_not_found',
      })
    }
  })
})
