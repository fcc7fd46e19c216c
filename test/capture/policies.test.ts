import { afterAll, expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { describeOnEveryDatabase } from '../support/database.ts'
import { readEntries, readLog } from '../support/log.ts'

describeOnEveryDatabase('the policy context: required', (db) => {
  afterAll(() => createBackstory(db().database).install({ context: 'optional' }))

  test('by default a write needs no actor', async () => {
    await db().run(`
      create table anonymous (id integer primary key);
      select backstory.track('anonymous');
      insert into anonymous values (1)`)
    expect((await readEntries(db(), 'anonymous')).map(({ userId }) => userId)).toEqual([null])
  })

  test('it refuses every write without an actor, on tables that were tracked before and after', async () => {
    await db().run(`
      create table early (id integer primary key, n integer);
      select backstory.track('early', '{"ignore": ["n"]}');
      insert into early values (1, 1);
      create table late (id integer primary key, n integer)`)
    const backstory = createBackstory(db().database)
    await backstory.install({ context: 'required' })
    await backstory.track('late')
    for (const statement of [
      'insert into early values (2, 1)',
      'insert into late values (2, 1)',
      'update early set id = 3',
      'delete from early',
      'truncate early',
    ]) {
      await expect(db().run(statement)).rejects.toMatchObject({
        code: 'BS106',
        message: expect.stringMatching(/Backstory refuses .*(early|late).*actor/),
        hint: expect.stringContaining(`backstory.set_context(`),
      })
    }
    expect(await db().query('select * from early')).toEqual([{ id: 1, n: 1 }])
    expect(await readLog(db(), 'early')).toHaveLength(1)
    expect(await readLog(db(), 'late')).toEqual([])
  })

  test('it stays through an installation that does not speak of it', async () => {
    const backstory = createBackstory(db().database)
    await backstory.install()
    expect(await backstory.plan()).toBe('')
    await expect(db().run('insert into late values (9, 1)')).rejects.toMatchObject({ code: 'BS106' })
  })

  test('a write that changes nothing that is recorded needs no actor', async () => {
    await db().run('update early set n = 2; update early set id = id; delete from late')
    expect(await readLog(db(), 'early')).toHaveLength(1)
  })

  test('psql, jobs and other languages name the actor in one statement of the same transaction', async () => {
    await db().session((session) =>
      session.run(`
        begin;
        select backstory.set_context('{"userId": "cron: nightly", "reason": "clean-up"}');
        insert into late values (1, 1);
        truncate early;
        commit`),
    )
    const entries = [...(await readEntries(db(), 'late')), ...(await readEntries(db(), 'early')).slice(1)]
    expect(entries.map(({ action, userId, context }) => ({ action, userId, context }))).toEqual([
      { action: 'insert', userId: 'cron: nightly', context: { reason: 'clean-up' } },
      { action: 'delete', userId: 'cron: nightly', context: { reason: 'clean-up' } },
    ])
  })

  test('the actor ends with the transaction, and can be taken away before', async () => {
    await db().session(async (session) => {
      await session.run(
        `begin; select backstory.set_context('{"userId": "ada"}'); insert into late values (2, 1); commit`,
      )
      await expect(session.run('insert into late values (3, 1)')).rejects.toMatchObject({ code: 'BS106' })
      await session.run(
        `begin; select backstory.set_context('{"userId": "ada"}'); select backstory.set_context(null)`,
      )
      await expect(session.run('insert into late values (3, 1)')).rejects.toMatchObject({ code: 'BS106' })
    })
  })

  test('a context without a userId names nobody', async () => {
    await db().session(async (session) => {
      await session.run(`begin; select backstory.set_context('{"requestId": "r"}')`)
      await expect(session.run('insert into late values (4, 1)')).rejects.toMatchObject({ code: 'BS106' })
    })
  })

  test('optional again, writes need none', async () => {
    await createBackstory(db().database).install({ context: 'optional' })
    await db().run('insert into late values (5, 1); truncate late')
    expect((await readEntries(db(), 'late')).at(-1)?.userId).toBeNull()
  })

  test('an unknown policy is refused', async () => {
    await expect(
      // @ts-expect-error there is no such policy
      createBackstory(db().database).install({ context: `nonsense', capture = 'generic` }),
    ).rejects.toMatchObject({ name: 'BackstoryError', code: 'invalid_argument' })
  })
})
