import { DataSource, EntitySchema, type ObjectLiteral } from 'typeorm'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { audited } from '../../src/typeorm.ts'
import { openPostgres } from '../support/database.ts'
import { gapsOf } from '../support/listener.ts'
import { readLastId, readSince } from '../support/log.ts'

const Tag = new EntitySchema<ObjectLiteral>({
  name: 'Tag',
  tableName: 'tag',
  columns: {
    id: { type: 'int', primary: true },
    name: { type: 'text' },
    more: { type: 'text', nullable: true },
  },
})
let db: Awaited<ReturnType<typeof openPostgres>>
let orm: DataSource

beforeAll(async () => {
  db = await openPostgres()
  await db.run(`
    create table tag (id integer primary key, name text, more text);
    select backstory.track('tag', '{"capture": "listener"}')`)
  orm = audited(await new DataSource({ type: 'postgres', url: db.url, entities: [Tag] }).initialize(), {
    capture: 'listener',
    track: [Tag],
  })
})
afterAll(async () => {
  await orm.destroy()
  await db.close()
})

const pause = async (turns: number) => {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve()
}

test.each([0, 1, 3, 8, 20, 40, 80])(
  'saves that overlap in a transaction leave no gap and say nothing twice, %i turns apart',
  async (turns) => {
    await orm.manager.clear(Tag)
    const id = turns + 1
    await db.run(`insert into tag values (${id}, 'a'); insert into tag values (${id + 1000}, 'a')`)
    const start = await readLastId(db)
    await orm.transaction(async (manager) => {
      await Promise.all([
        manager.save(Tag, { id, name: 'b' }),
        pause(turns).then(() => manager.save(Tag, { id, more: 'c' })),
        pause(2 * turns).then(() => manager.save(Tag, { id: id + 1000, name: 'b' })),
      ])
    })
    const paths = (await readSince(db, start)).flatMap(([, element, , changes]) => {
      const after: unknown = Reflect.get(Object(changes), 'after')
      return Object.keys(Object(after)).map((column) => `${String(element)} ${column}`)
    })
    expect(paths.toSorted()).toEqual([`${id} more`, `${id} name`, `${id + 1000} name`].toSorted())
    expect((await gapsOf(db, 'tag')).filter((gap) => gap.startsWith('changed'))).toEqual([])
  },
)
