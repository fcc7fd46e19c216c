import { DataSource, EntitySchema } from 'typeorm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { actingAs, createBackstory } from '../../src/index.ts'
import { audited } from '../../src/typeorm.ts'
import { openPostgres } from '../support/database.ts'
import { entriesBy } from '../support/listener.ts'
import { readEntries } from '../support/log.ts'

class Creature {
  id = 0
  name = ''
  lair?: Lair | null
}
class Dragon extends Creature {
  hoard?: number | null
  treasures?: Treasure[]
}
class Lair {
  id = 0
  name = ''
}
class Treasure {
  id = 0
  name = ''
  dragon?: Dragon
}

const id = { type: 'int', primary: true } as const
const name = { type: 'text' } as const
const CreatureSchema = new EntitySchema<Creature>({
  name: 'Creature',
  target: Creature,
  tableName: 'creature',
  audited: { redact: ['hoard'] },
  inheritance: { pattern: 'STI', column: { name: 'kind', type: 'text' } },
  discriminatorValue: 'creature',
  columns: { id, name },
  relations: { lair: { type: 'many-to-one', target: 'Lair', cascade: true, onDelete: 'SET NULL' } },
})
const DragonSchema = new EntitySchema<Dragon>({
  name: 'Dragon',
  target: Dragon,
  type: 'entity-child',
  discriminatorValue: 'dragon',
  columns: { hoard: { type: 'int', nullable: true } },
  relations: {
    treasures: { type: 'one-to-many', target: 'Treasure', inverseSide: 'dragon', cascade: true },
  },
})
const LairSchema = new EntitySchema<Lair>({
  name: 'Lair',
  target: Lair,
  tableName: 'lair',
  audited: true,
  columns: { id, name },
})
const TreasureSchema = new EntitySchema<Treasure>({
  name: 'Treasure',
  target: Treasure,
  tableName: 'treasure',
  audited: true,
  columns: { id, name },
  relations: {
    dragon: { type: 'many-to-one', target: 'Dragon', inverseSide: 'treasures', onDelete: 'CASCADE' },
  },
})

describe.each(['trigger', 'listener'] as const)('a single table for several kinds, by %s', (capture) => {
  let db: Awaited<ReturnType<typeof openPostgres>>
  let orm: DataSource

  beforeAll(async () => {
    db = await openPostgres()
    const dataSource = new DataSource({
      type: 'postgres',
      url: db.url,
      entities: [CreatureSchema, DragonSchema, LairSchema, TreasureSchema],
      synchronize: true,
    })
    orm = audited(await dataSource.initialize(), { capture })
    await createBackstory(db.database).trackAudited(orm, { capture })
  })
  afterAll(async () => {
    await orm.destroy()
    await db.close()
  })

  const entriesOf = async (userId: string, work: () => Promise<unknown>) =>
    (await entriesBy(db, () => actingAs({ userId }, work))).toSorted()

  test('is recorded as that table, whatever the kind, with its actor and what belongs to it', async () => {
    const found = await entriesOf('ada', async () => {
      await orm.manager.save(Creature, { id: 1, name: 'Hoeg' })
      await orm.manager.save(Dragon, {
        id: 2,
        name: 'Kalessin',
        hoard: 7,
        lair: { id: 1, name: 'Selidor' },
        treasures: [{ id: 1, name: 'ring' }],
      })
    })
    expect(found).toEqual(['insert creature 1', 'insert creature 2', 'insert lair 1', 'insert treasure 1'])
    expect((await readEntries(db)).every(({ userId }) => userId === 'ada')).toBe(true)
    expect((await readEntries(db, 'creature')).map(({ changes }) => changes)).toEqual([
      { after: { id: 1, kind: 'creature', name: 'Hoeg', lairId: null }, redacted: ['hoard'] },
      { after: { id: 2, kind: 'dragon', name: 'Kalessin', lairId: 1 }, redacted: ['hoard'] },
    ])
  })

  test('is recorded where a kind is changed by its own class or by that of the root', async () => {
    const found = await entriesOf('bo', async () => {
      const dragon = await orm.manager.findOneByOrFail(Dragon, { id: 2 })
      await orm.manager.save(Object.assign(dragon, { name: 'Orm', hoard: 8 }))
      const creature = await orm.manager.findOneByOrFail(Creature, { id: 2 })
      expect(creature).toBeInstanceOf(Dragon)
      await orm.manager.save(Object.assign(creature, { name: 'Orm Embar' }))
    })
    expect(found).toEqual(['update creature 2', 'update creature 2'])
    expect((await readEntries(db, 'creature')).slice(2).map(({ changes }) => changes)).toEqual([
      { before: { name: 'Kalessin' }, after: { name: 'Orm' }, redacted: ['hoard'] },
      { before: { name: 'Orm' }, after: { name: 'Orm Embar' } },
    ])
  })

  test('is recorded where it is removed, with what points to it, and where it points to what is removed', async () => {
    const found = await entriesOf('cy', async () => {
      await orm.manager.remove(await orm.manager.findOneByOrFail(Lair, { id: 1 }))
      await orm.manager.remove(await orm.manager.findOneByOrFail(Dragon, { id: 2 }))
    })
    expect(found).toEqual(['delete creature 2', 'delete lair 1', 'delete treasure 1', 'update creature 2'])
    expect(await createBackstory(db.database).check()).toEqual({ gaps: [], isComplete: true })
  })
})
