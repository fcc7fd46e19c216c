import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { actingAs } from '../../src/index.ts'
import { audited } from '../../src/pg.ts'
import { auditAdapter } from '../../src/prisma.ts'
import { PrismaClient } from '../conformance/prisma/generated/client.ts'
import { keys, tableDefinitions, tableNames } from '../conformance/tables.ts'
import { startCountingProxy, type CountingProxy } from '../support/counting-proxy.ts'
import { openPostgres } from '../support/database.ts'
import { readLastId, readSince } from '../support/log.ts'

let db: Awaited<ReturnType<typeof openPostgres>>
let proxy: CountingProxy
let start = '0'

beforeAll(async () => {
  db = await openPostgres()
  await db.run(tableDefinitions)
  for (const table of tableNames) {
    await db.query(`select backstory.track($1, '{"capture": "listener"}')`, [table])
  }
  proxy = await startCountingProxy(db.url)
})
afterAll(async () => {
  await proxy.close()
  await db.close()
})
beforeEach(async () => {
  await db.run(`
    truncate ${tableNames.join(', ')} restart identity cascade;
    insert into worlds (name) values ('Earthsea'), ('The Dry Land');
    insert into elements (world_id, name) values (1, 'Ged'), (1, 'Ogion'), (2, 'Cob');
    insert into bonds values (1, 'rival', 1)`)
  start = await readLastId(db)
})

const written = () => readSince(db, start)

describe.each([
  { kind: 'an audited pool', audit: audited<pg.Pool>, insertion: 0, change: 0 },
  { kind: 'a pool that is not audited', audit: (pool: pg.Pool) => pool, insertion: 1, change: 2 },
])('listener capture of Prisma on $kind', ({ audit, insertion, change }) => {
  let pool: pg.Pool
  let prisma: PrismaClient

  beforeAll(() => {
    pool = audit(new pg.Pool({ connectionString: proxy.url, max: 1 }))
    prisma = new PrismaClient({ adapter: auditAdapter(new PrismaPg(pool), { tables: keys }) })
    return async () => {
      await prisma.$disconnect()
      await pool.end()
    }
  })

  test('records nested writes, and gives back what Prisma gives', async () => {
    const world = await prisma.world.create({
      data: {
        name: 'Gont',
        elements: { create: { name: 'Vetch', tags: { create: { tag: { create: { name: 'wizard' } } } } } },
      },
      include: { elements: { include: { tags: true } } },
    })
    expect(world).toMatchObject({
      id: 3,
      name: 'Gont',
      elements: [{ id: 4, tags: [{ elementId: 4, tagId: 1 }] }],
    })
    expect(await written()).toMatchObject([
      ['worlds', '3', 'insert', { after: { name: 'Gont' } }],
      ['elements', '4', 'insert', { after: { world_id: 3, name: 'Vetch' } }],
      ['tags', '1', 'insert', { after: { name: 'wizard' } }],
      ['element_tags', '[4,1]', 'insert', { after: { element_id: 4, tag_id: 1 } }],
    ])
  })

  test('records what a filter over a relation finds, and counts as Prisma counts', async () => {
    const { count } = await prisma.element.updateMany({
      where: { world: { name: 'Earthsea' } },
      data: { hp: { increment: 5 } },
    })
    expect(count).toBe(2)
    expect(await written()).toEqual(
      ['1', '2'].map((id) => ['elements', id, 'update', { before: { hp: 10 }, after: { hp: 15 } }]),
    )
  })

  test('records what createMany has inserted, and not what it skipped', async () => {
    const { count } = await prisma.bond.createMany({
      data: [
        { element_id: 1, kind: 'rival' },
        { element_id: 2, kind: 'master' },
      ],
      skipDuplicates: true,
    })
    expect(count).toBe(1)
    expect(await written()).toMatchObject([['bonds', '[2,"master"]', 'insert', {}]])
  })

  test('gives the rows of createManyAndReturn and updateManyAndReturn without us', async () => {
    expect(await prisma.world.createManyAndReturn({ data: [{ name: 'Roke' }] })).toEqual([
      { id: 3, name: 'Roke' },
    ])
    expect(await prisma.world.updateManyAndReturn({ where: { id: 3 }, data: { name: 'Pendor' } })).toEqual([
      { id: 3, name: 'Pendor' },
    ])
    expect(await written()).toEqual([
      ['worlds', '3', 'insert', { after: { id: 3, name: 'Roke' } }],
      ['worlds', '3', 'update', { before: { name: 'Roke' }, after: { name: 'Pendor' } }],
    ])
  })

  test('leaves nothing of a batch that fails', async () => {
    await expect(
      prisma.$transaction([
        prisma.element.update({ where: { id: 1 }, data: { hp: 1 } }),
        prisma.bond.create({ data: { element_id: 1, kind: 'rival' } }),
      ]),
    ).rejects.toMatchObject({ code: 'P2002' })
    expect(await written()).toEqual([])
    expect(await prisma.element.findUnique({ where: { id: 1 } })).toMatchObject({ hp: 10 })
  })

  test(`takes ${insertion} round trips more for an insert and ${change} for any other, in a transaction`, async () => {
    const count = async (work: (transaction: Pick<PrismaClient, 'bond'>) => PromiseLike<unknown>) => {
      await prisma.$transaction(async (transaction) => {
        await work(transaction)
      })
      proxy.reset()
      await prisma.$transaction(async (transaction) => {
        await work(transaction)
      })
      return proxy.traffic().roundTrips - 2
    }
    let turn = 1
    expect(
      await count((transaction) => transaction.bond.create({ data: { element_id: ++turn, kind: 'new' } })),
    ).toBe(1 + insertion)
    expect(await count((transaction) => transaction.bond.updateMany({ data: { strength: ++turn } }))).toBe(
      1 + change,
    )
    expect(await count((transaction) => transaction.bond.findMany())).toBe(1)
  })

  test.each<readonly [string, () => PromiseLike<unknown>]>([
    [
      'a changed primary key',
      () =>
        prisma.bond.update({
          where: { element_id_kind: { element_id: 1, kind: 'rival' } },
          data: { kind: 'friend' },
        }),
    ],
    ['a limited update', () => prisma.element.updateMany({ data: { hp: 1 }, limit: 1 })],
    ['a limited deletion', () => prisma.element.deleteMany({ limit: 1 })],
  ])('refuses %s, and writes nothing', async (_, write) => {
    await expect(Promise.resolve(actingAs({ userId: 'ada' }, write))).rejects.toMatchObject({
      name: 'PrismaClientKnownRequestError',
      code: 'not_recordable',
    })
    expect(await written()).toEqual([])
    expect(await db.query('select count(*)::int as count, min(hp) as hp from elements')).toEqual([
      { count: 3, hp: 10 },
    ])
    expect(await db.query('select kind from bonds')).toEqual([{ kind: 'rival' }])
  })

  test('refuses a table that is not tracked so, with what to do', async () => {
    await db.run(`select backstory.untrack('worlds')`)
    await expect(Promise.resolve(prisma.world.create({ data: { name: 'Roke' } }))).rejects.toMatchObject({
      code: 'not_tracked',
      message: expect.stringContaining('and a listener announces its rows'),
    })
    await expect(
      prisma.$transaction(async (transaction) => {
        await transaction.world.create({ data: { name: 'Roke' } })
      }),
    ).rejects.toMatchObject({ code: 'not_tracked' })
    // on the one connection of the pool, which was given back
    expect(await prisma.world.count()).toBe(2)
    await db.run(`select backstory.track('worlds', '{"capture": "listener"}')`)
  })

  test('refuses options that it does not know, and a table without a key', () => {
    const adapter = new PrismaPg(pool)
    expect(() => auditAdapter(adapter, { tables: { worlds: [] } })).toThrow(refused('primary key of worlds'))
    // @ts-expect-error -- there is no such option
    expect(() => auditAdapter(adapter, { tables: {}, table: 'worlds' })).toThrow(refused('no option "table"'))
  })
})

function refused(message: string): unknown {
  return expect.objectContaining({ code: 'invalid_argument', message: expect.stringContaining(message) })
}
