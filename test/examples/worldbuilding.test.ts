import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openApplication, type Application } from '../../examples/worldbuilding/application.ts'
import { checkLog } from '../../examples/worldbuilding/checks.ts'
import {
  createElement,
  deleteElement,
  editElement,
  moveToEra,
  readElement,
} from '../../examples/worldbuilding/elements.ts'
import { WorldElement } from '../../examples/worldbuilding/models/world-element.ts'
import { World } from '../../examples/worldbuilding/models/world.ts'
import { relate, unrelate } from '../../examples/worldbuilding/relations.ts'
import { keepSecret, readSecret } from '../../examples/worldbuilding/secrets.ts'
import { editAtOnce, foundWorld, goOn, type Cast } from '../../examples/worldbuilding/story.ts'
import { createTag, tagElement, untagElement } from '../../examples/worldbuilding/tags.ts'
import { createTally, type Tally } from '../../examples/worldbuilding/tally.ts'
import { addAuthor, createWorld } from '../../examples/worldbuilding/worlds.ts'
import { actingAs } from '../../src/index.ts'
import { createPostgresDatabase } from '../support/database.ts'

describe.each(['trigger', 'listener'] as const)('the models, recorded by %s', (capture) => {
  let database: Awaited<ReturnType<typeof createPostgresDatabase>>
  let application: Application
  const fork = () => application.orm.em.fork()

  beforeAll(async () => {
    database = await createPostgresDatabase({ template: 'empty' })
    application = await openApplication({ url: database.url, capture })
  })
  afterAll(async () => {
    await application.close()
    await database.drop()
  })

  /** What the log has got since: actor, action, type, and what changed, with the names of elements in place of their ids. */
  const entriesOf = async (work: () => Promise<unknown>) => {
    const before = await readEntries()
    await work()
    const found = (await readEntries()).slice(before.length)
    const names = await application.pool.query<{ id: string; name: string }>(
      `select distinct element_id as id, first_value(changes #>> '{after,name}') over (partition by element_id order by id) as name
       from audit_logs
       where element_type = 'world_elements'`,
    )
    return found.map((entry) =>
      names.rows.reduce((text, { id, name }) => text.replaceAll(id, `<${name}>`), entry),
    )
  }
  const readEntries = async (): Promise<readonly string[]> => {
    const { rows } = await application.pool.query<{ entry: string }>(
      `select concat_ws(' ', user_id, action, element_type, element_id, '|', changes #- '{after,created_at}' #- '{before,created_at}')
         as entry
       from audit_logs
       order by id`,
    )
    return rows.map(({ entry }) => entry)
  }
  const gaps = async () => (await application.backstory.check()).gaps

  let worldId: number
  beforeAll(async () => {
    await addAuthor(fork(), { id: 'ada', name: 'Ada' })
    await addAuthor(fork(), { id: 'bo', name: 'Bo' })
    worldId = await createWorld(fork(), { name: 'Earthsea', premise: 'Islands.' })
  })
  const write = (name: string, more: Partial<Parameters<typeof createElement>[1]> = {}) =>
    createElement(fork(), { worldId, kind: 'item', name, authorId: 'ada', ...more })

  it('make tables that the schema generator finds nothing to change in', async () => {
    expect((await application.orm.schema.getUpdateSchemaSQL()).trim()).toBe('')
    const tracked = await application.backstory.tracked()
    expect(tracked.map(({ elementType, key, status }) => [elementType, key.join(), status])).toEqual([
      ['authors', 'id', 'active'],
      ['element_tags', 'element_id,tag_id', 'active'],
      ['relations', 'id', 'active'],
      ['secrets', 'element_id,owner_id', 'active'],
      ['tags', 'id', 'active'],
      ['world_elements', 'id', 'active'],
      ['worlds', 'id', 'active'],
    ])
  })

  it('make tables with these keys, cascades and conditions', async () => {
    const { rows } = await application.pool.query<{ line: string }>(
      `select conrelid::regclass || ': ' || pg_get_constraintdef(oid) as line
       from pg_constraint
       where connamespace = 'public'::regnamespace and contype in ('p', 'u', 'f', 'c') and conrelid not in (0, 'audit_logs'::regclass)
       order by 1`,
    )
    expect(rows.map(({ line }) => line)).toEqual(constraints)
  })

  it('record an element with its tags as one transaction, by whoever acts', async () => {
    const tagId = await createTag(fork(), worldId, 'old')
    expect(
      await entriesOf(() => actingAs({ userId: 'ada' }, () => write('Ring', { tagIds: [tagId] }))),
    ).toEqual([
      expect.stringMatching(
        /^ada insert world_elements <Ring> \| .*"name": "Ring".*"attributes": \{\}.*"redacted": \["secret_notes"\]/,
      ),
      `ada insert element_tags ["<Ring>",${tagId}] | {"after": {"tag_id": ${tagId}, "element_id": "<Ring>"}}`,
    ])
    const { rows } = await application.pool.query(
      'select count(distinct transaction_id)::integer as transactions from audit_logs where user_id = $1',
      ['ada'],
    )
    expect(rows).toEqual([{ transactions: 1 }])
  })

  it('record what changed in nested attributes, and nothing of what did not', async () => {
    const id = await write('Staff', { attributes: { wood: 'yew', runes: { first: 'Aum', count: 9 } } })
    const edit = () =>
      editElement(fork(), id, ({ attributes }) => ({
        attributes: { ...attributes, runes: { first: 'Aum', count: 10 } },
        secretNotes: 'It is broken.',
      }))
    expect(await entriesOf(() => actingAs({ userId: 'bo' }, edit))).toEqual([
      'bo update world_elements <Staff> | {"after": {"attributes": {"runes": {"count": 10}}}, "before": {"attributes": {"runes": {"count": 9}}}, "redacted": ["secret_notes"]}',
    ])
    expect(await entriesOf(() => editElement(fork(), id, () => ({})))).toEqual([])
  })

  it('record everything that goes with a deleted element', async () => {
    const placeId = await write('Roke', { kind: 'place' })
    const id = await write('Door', { placeId })
    const tagId = await createTag(fork(), worldId, 'school')
    await tagElement(fork(), placeId, tagId)
    await relate(fork(), id, 'leads to', placeId)
    await relate(fork(), placeId, 'has', id)
    await keepSecret(fork(), { elementId: placeId, ownerId: 'bo', body: 'A name.' })
    const found = await entriesOf(() => actingAs({ userId: 'ada' }, () => deleteElement(fork(), placeId)))
    expect(
      found.map((entry) => entry.replace(/ \|.*/, '').replace(/relations .*/, 'relations')).toSorted(),
    ).toEqual([
      `ada delete element_tags ["<Roke>",${tagId}]`,
      'ada delete relations',
      'ada delete relations',
      'ada delete secrets ["<Roke>","bo"]',
      'ada delete world_elements <Roke>',
      'ada update world_elements <Door>',
    ])
    expect(found).toContain(
      'ada update world_elements <Door> | {"after": {"place_id": null}, "before": {"place_id": "<Roke>"}}',
    )
    expect(await gaps()).toEqual([])
  })

  it('record every one of many editors of one element, who overwrite nothing', async () => {
    const id = await write('Map')
    const editors = Array.from({ length: 12 }, (_, index) => `editor-${index}`)
    await Promise.all(
      editors.map((userId) =>
        actingAs({ userId }, () =>
          editElement(fork(), id, ({ attributes }) => ({ attributes: { ...attributes, [userId]: true } })),
        ),
      ),
    )
    // a pool opens another connection only while all that it has are in use
    expect(application.pool.totalCount).toBe(5)
    const { attributes } = await readElement(fork(), id)
    expect(Object.keys(attributes).toSorted()).toEqual(editors.toSorted())
    const { entries } = await application.backstory.entries({
      elementType: 'world_elements',
      elementId: id,
      action: 'update',
    })
    expect(entries).toHaveLength(editors.length)
    for (const { userId, changes } of entries) {
      expect(changes).toEqual({ before: { attributes: {} }, after: { attributes: { [userId ?? '']: true } } })
    }
    expect(await gaps()).toEqual([])
  })

  it('record tags and secrets that several put there at once, each once', async () => {
    const id = await write('Harp')
    const tagId = await createTag(fork(), worldId, 'songs')
    const found = await entriesOf(() =>
      Promise.all([
        ...['ada', 'bo', 'ada'].map((userId) => actingAs({ userId }, () => tagElement(fork(), id, tagId))),
        ...['one', 'two', 'three'].map((body) =>
          actingAs({ userId: 'bo' }, () => keepSecret(fork(), { elementId: id, ownerId: 'bo', body })),
        ),
      ]),
    )
    const kinds = found.map((entry) => entry.replace(/^\w+ (\w+ \w+) .*/, '$1'))
    expect(kinds.toSorted()).toEqual([
      'insert element_tags',
      'insert secrets',
      'update secrets',
      'update secrets',
    ])
    expect(await gaps()).toEqual([])
    expect(await entriesOf(() => untagElement(fork(), id, tagId))).toEqual([
      `delete element_tags ["<Harp>",${tagId}] | {"before": {"tag_id": ${tagId}, "element_id": "<Harp>"}}`,
    ])
    const forget = () => keepSecret(fork(), { elementId: id, ownerId: 'bo', body: '' })
    expect((await entriesOf(forget)).map((entry) => entry.replace(/ \|.*/, ''))).toEqual([
      'delete secrets ["<Harp>","bo"]',
    ])
    expect(await entriesOf(forget)).toEqual([])
    expect(await readSecret(fork(), id, 'bo')).toBeNull()
  })

  it('record a change of many elements, each of them', async () => {
    const ids = await Promise.all(['Ged', 'Tenar'].map((name) => write(name, { kind: 'character' })))
    const found = await entriesOf(() =>
      actingAs({ userId: 'ada' }, async () => {
        expect(await moveToEra(fork(), 'character', 'Third Tide')).toBe(ids.length)
      }),
    )
    expect(found.toSorted()).toEqual(
      ['Ged', 'Tenar'].map(
        (name) =>
          `ada update world_elements <${name}> | {"after": {"attributes": {"era": "Third Tide"}}, "before": {"attributes": {}}}`,
      ),
    )
  })

  it('record a relation that is said and taken back', async () => {
    const [one, other] = await Promise.all(['Sun', 'Moon'].map((name) => write(name)))
    await relate(fork(), one ?? '', 'follows', other ?? '')
    const [relation] = (await readElement(fork(), one ?? '')).relations
    expect(relation).toMatchObject({ kind: 'follows', toName: 'Moon' })
    const id = relation?.id ?? 0
    expect(await entriesOf(() => unrelate(fork(), id))).toEqual([
      `delete relations ${id} | {"before": {"id": ${id}, "kind": "follows", "to_id": "<Moon>", "from_id": "<Sun>"}}`,
    ])
  })

  it('record a world that is removed together with its elements', async () => {
    const id = await createWorld(fork(), { name: 'Narnia', premise: 'Winter.' })
    const tagId = await createTag(fork(), id, 'cold')
    const lamp = await write('Lamp', { worldId: id, tagIds: [tagId] })
    const wood = await write('Wood', { worldId: id, kind: 'place' })
    await relate(fork(), lamp, 'lights', wood)
    const found = await entriesOf(async () => {
      const em = fork()
      for (const element of await em.find(WorldElement, { world: id })) em.remove(element)
      await em.remove(em.getReference(World, id)).flush()
    })
    expect(found.map((entry) => entry.replace(/^(\w+ \w+) .*/, '$1')).toSorted()).toEqual([
      'delete element_tags',
      'delete relations',
      'delete tags',
      'delete world_elements',
      'delete world_elements',
      'delete worlds',
    ])
    expect(await gaps()).toEqual([])
  })

  it('restore a deleted element, by entries of their own', async () => {
    const id = await write('Sword', { attributes: { edge: { length: 3 } } })
    await deleteElement(fork(), id)
    await application.backstory.element(WorldElement, id).restore()
    expect((await readElement(fork(), id)).attributes).toEqual({ edge: { length: 3 } })
    expect(await gaps()).toEqual([])
  })

  it('show writes past MikroORM: recorded, or found by check()', async () => {
    const past = () =>
      application.pool.query(`update worlds set premise = 'Drowned.' where id = $1`, [worldId])
    const found = await entriesOf(past)
    const missing = (await gaps()).map(({ elementType, path }) => `${elementType} ${path}`)
    expect({ entries: found.length, missing }).toEqual(
      capture === 'trigger' ? { entries: 1, missing: [] } : { entries: 0, missing: ['worlds /premise'] },
    )
    const bulk = fork().nativeUpdate(World, { id: worldId }, { premise: 'Islands.' })
    await (capture === 'trigger'
      ? expect(bulk).resolves.toBe(1)
      : expect(bulk).rejects.toMatchObject({ code: 'not_recordable' }))
  })
})

describe.each(['trigger', 'listener'] as const)('the report of a story, recorded by %s', (capture) => {
  let database: Awaited<ReturnType<typeof createPostgresDatabase>>
  let application: Application
  let tally: Tally
  let cast: Cast

  beforeAll(async () => {
    database = await createPostgresDatabase({ template: 'empty' })
    application = await openApplication({ url: database.url, capture })
    tally = createTally()
    cast = await foundWorld(application, tally)
    await editAtOnce(application, tally, cast)
    await goOn(application, tally, cast)
  })
  afterAll(async () => {
    await application.close()
    await database.drop()
  })

  const failed = async () => {
    const checks = await checkLog(application, { cast, written: tally.written() })
    return checks.filter(({ held }) => !held).map(({ claim }) => claim)
  }

  it('holds', async () => {
    expect(await failed()).toEqual([])
  })

  it('does not hold where a write has escaped the log', async () => {
    await application.pool.query(`
      set session_replication_role = replica;
      update tags set name = name || '!' where name = 'guild';
      set session_replication_role = default`)
    expect(await failed()).toEqual([
      'the state rebuilt from the log is the live row, and rewound from it is nothing, for every element',
      'backstory.check() finds no write that escaped the log',
      ...(capture === 'listener'
        ? ['SQL past MikroORM, which listeners cannot see, is found by backstory.check()']
        : []),
    ])
  })
})

const constraints = [
  'authors: PRIMARY KEY (id)',
  'element_tags: FOREIGN KEY (element_id) REFERENCES world_elements(id) ON DELETE CASCADE',
  'element_tags: FOREIGN KEY (tag_id) REFERENCES tags(id) ON DELETE CASCADE',
  'element_tags: PRIMARY KEY (element_id, tag_id)',
  'relations: FOREIGN KEY (from_id) REFERENCES world_elements(id) ON DELETE CASCADE',
  'relations: FOREIGN KEY (to_id) REFERENCES world_elements(id) ON DELETE CASCADE',
  'relations: PRIMARY KEY (id)',
  'relations: UNIQUE (from_id, to_id, kind)',
  'secrets: FOREIGN KEY (element_id) REFERENCES world_elements(id) ON DELETE CASCADE',
  'secrets: FOREIGN KEY (owner_id) REFERENCES authors(id) ON DELETE CASCADE',
  'secrets: PRIMARY KEY (element_id, owner_id)',
  'tags: FOREIGN KEY (world_id) REFERENCES worlds(id) ON DELETE CASCADE',
  'tags: PRIMARY KEY (id)',
  'tags: UNIQUE (world_id, name)',
  `world_elements: CHECK ((kind = ANY (ARRAY['character'::text, 'place'::text, 'faction'::text, 'item'::text, 'event'::text, 'lore'::text])))`,
  'world_elements: FOREIGN KEY (author_id) REFERENCES authors(id) ON DELETE SET NULL',
  'world_elements: FOREIGN KEY (place_id) REFERENCES world_elements(id) ON DELETE SET NULL',
  'world_elements: FOREIGN KEY (world_id) REFERENCES worlds(id) ON DELETE CASCADE',
  'world_elements: PRIMARY KEY (id)',
  'world_elements: UNIQUE (world_id, name)',
  'worlds: PRIMARY KEY (id)',
  'worlds: UNIQUE (name)',
]
