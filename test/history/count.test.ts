import { beforeAll, expect, test } from 'vitest'

import { createBackstory, type CountOptions } from '../../src/index.ts'
import { describeOnPostgresAndPglite } from '../support/database.ts'

describeOnPostgresAndPglite('the count of entries', (db) => {
  const backstory = () => createBackstory(db().database)

  beforeAll(async () => {
    await db().run(`
      create table counted (id integer primary key, name text);
      select backstory.track('counted');
      insert into counted select n, 'a' from generate_series(1, 3000) as n;
      update counted set name = 'b' where id <= 10;
      analyze audit_logs;`)
  })

  test('is exact up to a limit', async () => {
    expect(await backstory().entries({ action: 'update' }).count()).toEqual({ count: 10, exact: true })
    expect(await backstory().entries({ action: 'update' }).count({ exactUpTo: 10 })).toEqual({
      count: 10,
      exact: true,
    })
    expect(await backstory().entries({ elementType: 'nothing' }).count({ exactUpTo: 0 })).toEqual({
      count: 0,
      exact: true,
    })
  })

  test('is the estimate of the planner beyond it, and says so', async () => {
    const all = await backstory().entries({ elementType: 'counted' }).count({ exactUpTo: 100 })
    expect(all.exact).toBe(false)
    expect(all.count).toBeGreaterThan(2500)
    expect(all.count).toBeLessThan(3500)
  })

  test('is never below what was counted, however wrong the estimate is', async () => {
    // the planner has no idea of what documents hold
    const { count, exact } = await backstory()
      .entries({ newValue: { name: 'b' } })
      .count({ exactUpTo: 8 })
    expect(exact).toBe(false)
    expect(count).toBeGreaterThanOrEqual(9)
  })

  test('is of the filter, whatever page is asked for', async () => {
    const { nextCursor } = await backstory().entries({ action: 'update', limit: 3 })
    const second = backstory().entries({ action: 'update', limit: 3, cursor: nextCursor ?? '' })
    expect(await second.count()).toEqual({ count: 10, exact: true })
    expect(await backstory().element('counted', 1).entries({ limit: 1 }).count()).toEqual({
      count: 2,
      exact: true,
    })
  })

  test('of a time counts what was there then, entries of a wrong clock included', async () => {
    await db().run(`insert into audit_logs (element_type, element_id, "timestamp", action)
      values ('counted', 'early', '2001-01-01Z', 'read'), ('counted', 'late', '2901-01-01Z', 'read');
      update counted set name = 'c' where id = 1;`)
    const count = async (since: string, until?: string) =>
      (
        await backstory()
          .entries({ since, ...(until === undefined ? {} : { until }) })
          .count()
      ).count
    expect(await count('2000-01-01', '2002-01-01')).toBe(1)
    expect(await count('2900-01-01')).toBe(1)
    expect(await count('2002-01-01', '2900-01-01')).toBe(3011)
  })

  test.each<CountOptions>([
    { exactUpTo: -1 },
    { exactUpTo: 1.5 },
    { exactUpTo: 1_000_001 },
    { exactUpTo: Number.NaN },
  ])('is refused with %j', async (options) => {
    await expect(backstory().entries().count(options)).rejects.toMatchObject({ code: 'invalid_argument' })
  })
})
