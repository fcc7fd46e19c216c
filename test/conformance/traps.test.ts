import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { actingAs } from '../../src/context/context.ts'
import { startCountingProxy, type CountingProxy } from '../support/counting-proxy.ts'
import { openPostgres } from '../support/database.ts'
import type { Connected, ConformanceDriver } from './driver.ts'
import { drivers } from './drivers.ts'
import { tableDefinitions } from './tables.ts'
import { openWorkbench, type Workbench } from './workbench.ts'

const writers = Array.from({ length: 60 }, (_, index) => index + 1)

const everyWay = drivers.flatMap((driver) => driver.captures.map((capture) => ({ driver, capture })))

describe.each(everyWay)('$driver.name by $capture, on three connections', ({ driver, capture }) => {
  let bench: Workbench
  beforeAll(async () => {
    bench = await openWorkbench(driver, capture, 3)
  })
  afterAll(async () => {
    await bench.close()
  })

  const actorsOf = async (kind: string) => {
    const rows = await bench.db.query(
      `select user_id, changes -> 'after' ->> 'element_id' as writer
       from audit_logs
       where element_type = 'bonds' and changes -> 'after' ->> 'kind' = $1
       order by id`,
      [kind],
    )
    return rows.map((row) => `${String(row['writer'])} by ${String(row['user_id'])}`).toSorted()
  }
  const everyOneItself = writers.map((writer) => `${writer} by writer ${writer}`).toSorted()

  test('gives each of sixty writers at once its own entry', async () => {
    await Promise.all(
      writers.map((writer) =>
        actingAs({ userId: `writer ${writer}` }, () =>
          bench.orm.insert('bonds', { element_id: writer, kind: 'at once' }),
        ),
      ),
    )
    expect(await actorsOf('at once')).toEqual(everyOneItself)
  })

  test('gives each of sixty transactions at once its own entries', async () => {
    await Promise.all(
      writers.map((writer) =>
        actingAs({ userId: `writer ${writer}` }, () =>
          bench.orm.transaction(async (within) => {
            await within.insert('bonds', { element_id: writer, kind: 'in a transaction' })
          }),
        ),
      ),
    )
    expect(await actorsOf('in a transaction')).toEqual(everyOneItself)
  })

  test('starts what is made inside of actingAs and awaited outside', async () => {
    const writes = writers.map((writer) =>
      actingAs({ userId: `writer ${writer}` }, () =>
        bench.orm.insertLazily('bonds', { element_id: writer, kind: 'lazily' }),
      ),
    )
    await Promise.all(writes)
    expect(await actorsOf('lazily')).toEqual(everyOneItself)
  })

  test('leaves nobody behind on its connections', async () => {
    await Promise.all(
      writers.map((writer) => bench.orm.insert('bonds', { element_id: writer, kind: 'nobody' })),
    )
    expect(await actorsOf('nobody')).toEqual(writers.map((writer) => `${writer} by null`).toSorted())
  })
})

const costs: readonly {
  readonly title: string
  readonly work: (orm: Connected, turn: number) => Promise<unknown>
}[] = [
  {
    title: 'a row that is created',
    work: (orm, turn) => orm.insert('bonds', { element_id: turn, kind: 'new' }),
  },
  {
    title: 'a row that is read and changed',
    work: async (orm, turn) => (await orm.load('worlds', { id: 1 })).save({ name: `Earthsea ${turn}` }),
  },
  {
    title: 'many rows that are changed',
    work: (orm, turn) => orm.updateWhere('worlds', { id: 1 }, { name: `Gont ${turn}` }),
  },
  {
    title: 'a transaction of two writes',
    work: (orm, turn) =>
      orm.transaction(async (within) => {
        await within.insert('bonds', { element_id: turn, kind: 'first' })
        await within.updateWhere('worlds', { id: 1 }, { name: `Roke ${turn}` })
      }),
  },
]

describe.each(drivers.filter(isOnServer))('$name, counted on the wire', (driver) => {
  let database: Awaited<ReturnType<typeof openPostgres>>
  let proxy: CountingProxy
  let plain: Connected
  let carrying: Connected
  beforeAll(async () => {
    database = await openPostgres()
    await database.run(`${tableDefinitions}; insert into worlds (id, name) values (1, 'Earthsea')`)
    proxy = await startCountingProxy(database.url)
    plain = await driver.connect({ url: proxy.url, capture: 'none', connections: 1 })
    carrying = await driver.connect({ url: proxy.url, capture: 'trigger', connections: 1 })
  })
  afterAll(async () => {
    await plain.close()
    await carrying.close()
    await proxy.close()
    await database.close()
  })

  test.each(costs)('$title takes no round trip more', async ({ work }) => {
    let turn = 0
    const measure = async (orm: Connected) => {
      // a driver may ask for types and prepare statements once
      for (const _ of ['first', 'again']) await actingAs({ userId: 'ada' }, () => work(orm, ++turn))
      proxy.reset()
      await actingAs({ userId: 'ada' }, () => work(orm, ++turn))
      return proxy.traffic().roundTrips
    }
    const without = await measure(plain)
    expect(without).toBeGreaterThan(0)
    expect(await measure(carrying)).toBe(without)
  })
})

function isOnServer(
  driver: ConformanceDriver,
): driver is ConformanceDriver & { readonly server: 'PostgreSQL' } {
  return driver.server === 'PostgreSQL'
}
