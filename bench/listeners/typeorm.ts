import { audited } from 'backstory/typeorm'
import { DataSource, EntitySchema, In, type EntityManager, type ObjectLiteral } from 'typeorm'

import { newRow } from '../node-peers/node-peer.ts'
import type { ListenedOrm } from './application.ts'
import { sendByHand } from './floor.ts'

const Element = new EntitySchema<ObjectLiteral>({
  name: 'Element',
  tableName: 'elements',
  columns: {
    id: { type: 'uuid', primary: true },
    world_id: { type: 'integer' },
    kind: { type: 'text' },
    name: { type: 'text' },
    summary: { type: 'text' },
    body: { type: 'text' },
    attributes: { type: 'jsonb' },
    rank: { type: 'integer' },
    score: { type: 'numeric' },
    hidden: { type: 'boolean' },
    created_at: { type: 'timestamptz' },
    updated_at: { type: 'timestamptz' },
  },
})

/** TypeORM 1: `save([…])`. */
export const typeOrm: ListenedOrm = {
  name: 'TypeORM',
  writes: 'a save',
  open: async ({ host, port, user, password, database }, watcher) => {
    const source = new DataSource({
      type: 'postgres',
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port }),
      ...(user === undefined ? {} : { username: user }),
      ...(typeof password === 'string' ? { password } : {}),
      ...(database === undefined ? {} : { database }),
      entities: [Element],
      extra: { max: 1 },
    })
    await source.initialize()
    if (watcher === 'trigger' || watcher === 'listener') {
      audited(source, watcher === 'listener' ? { capture: 'listener', track: [Element] } : {})
    }
    const save = (manager: EntityManager, rows: ObjectLiteral[]) => manager.save(Element, rows)
    const flush = (kind: 'update' | 'insert', ids: readonly string[], rows: ObjectLiteral[]) =>
      watcher === 'floor'
        ? source.transaction((manager) =>
            sendByHand(
              kind,
              ids,
              ({ text, values }) => manager.query(text, [...values]),
              () => save(manager, rows),
            ),
          )
        : save(source.manager, rows)
    return {
      prepareUpdates: async (ids, rank) => {
        const rows = await source.manager.findBy(Element, { id: In([...ids]) })
        for (const row of rows) row['rank'] = rank
        return () => flush('update', ids, rows)
      },
      prepareInserts: (ids) => {
        const rows = ids.map((id) =>
          source.manager.create(Element, {
            id,
            ...newRow,
            created_at: new Date(),
            updated_at: new Date(),
          }),
        )
        return Promise.resolve(() => flush('insert', ids, rows))
      },
      close: () => source.destroy(),
    }
  },
}
