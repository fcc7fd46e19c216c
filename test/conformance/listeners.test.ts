import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { actingAs } from '../../src/context/context.ts'
import { startCountingProxy, type CountingProxy } from '../support/counting-proxy.ts'
import { openPostgres } from '../support/database.ts'
import type { Connected, ConformanceDriver, TransactionOperations } from './driver.ts'
import { drivers } from './drivers.ts'
import { tableDefinitions, tableNames } from './tables.ts'

describe.each(drivers.filter(isListening))('listeners of $name', (driver) => {
  let database: Awaited<ReturnType<typeof openPostgres>>
  let proxy: CountingProxy
  let plain: Connected
  let listening: Connected
  let lost = 1000
  beforeAll(async () => {
    database = await openPostgres()
    await database.run(`${tableDefinitions}; insert into worlds (id, name) values (1, 'Earthsea')`)
    for (const table of tableNames) {
      await database.query(`select backstory.track($1, '{"capture": "listener"}')`, [table])
    }
    proxy = await startCountingProxy(database.url)
    plain = await driver.connect({ url: proxy.url, capture: 'none', connections: 1 })
    listening = await driver.connect({ url: proxy.url, capture: 'listener', connections: 1 })
  })
  afterAll(async () => {
    await plain.close()
    await listening.close()
    await proxy.close()
    await database.close()
  })

  const works: readonly (readonly [
    string,
    (orm: TransactionOperations, turn: number) => Promise<unknown>,
  ])[] = [
    ['a row that is created', (orm, turn) => orm.insert('bonds', { element_id: turn, kind: 'new' })],
    [
      'a row that is read and changed',
      async (orm, turn) => (await orm.load('worlds', { id: 1 })).save({ name: `Earthsea ${turn}` }),
    ],
    [
      'a row that is created, read, changed and removed',
      async (orm, turn) => {
        await orm.insert('bonds', { element_id: turn, kind: 'first', strength: 1 })
        const bond = await orm.load('bonds', { element_id: turn, kind: 'first' })
        await bond.save({ strength: 2 })
        await bond.remove()
      },
    ],
  ]

  test.each(works)('take no round trip more in a transaction: %s', async (_, work) => {
    let turn = 0
    const measure = async (orm: Connected) => {
      const run = () =>
        actingAs({ userId: 'ada' }, () =>
          orm.transaction(async (within) => {
            await work(within, ++turn)
          }),
        )
      // a driver may ask for types and prepare statements once
      for (let time = 0; time < 2; time++) await run()
      proxy.reset()
      await run()
      return proxy.traffic().roundTrips
    }
    const without = await measure(plain)
    expect(without).toBeGreaterThan(2)
    expect(await measure(listening)).toBe(without)
  })

  test.each<readonly [string, (bond: { element_id: number; kind: string }) => Promise<unknown>]>([
    ['a row that is created', (bond) => listening.insert('bonds', bond)],
    [
      'a row that is changed',
      async (bond) => {
        await database.query(`insert into bonds (element_id, kind) values ($1, 'old')`, [bond.element_id])
        const loaded = await listening.load('bonds', { element_id: bond.element_id, kind: 'old' })
        await loaded.save({ strength: 7 })
      },
    ],
    [
      'a row that is created in a transaction',
      (bond) => listening.transaction((within) => within.insert('bonds', bond)),
    ],
  ])('fail %s where it cannot be recorded, and give the connection back', async (_, write) => {
    const element_id = ++lost
    await database.run(`select backstory.untrack('bonds')`)
    await expect(Promise.resolve(write({ element_id, kind: 'lost' }))).rejects.toSatisfy(
      (error) =>
        error instanceof Error &&
        error.message.includes('is not tracked') &&
        causesOf(error).some(({ name, code }) => name === 'BackstoryError' || code === 'not_tracked'),
    )
    await database.run(`select backstory.track('bonds', '{"capture": "listener"}')`)
    expect(
      await database.query(`select 1 from bonds where element_id = $1 and (kind = 'lost' or strength = 7)`, [
        element_id,
      ]),
    ).toEqual([])
    await listening.insert('bonds', { element_id, kind: 'kept' })
  })
})

// libraries wrap errors, each in its own way
function causesOf(error: object): readonly { readonly name?: unknown; readonly code?: unknown }[] {
  const inner: unknown[] = ['cause', 'driverError', 'original'].map((key) => Reflect.get(error, key))
  return [error, ...inner.flatMap((one) => (typeof one === 'object' && one !== null ? causesOf(one) : []))]
}

function isListening(
  driver: ConformanceDriver,
): driver is ConformanceDriver & { readonly server: 'PostgreSQL' } {
  return driver.server === 'PostgreSQL' && driver.captures.includes('listener')
}
