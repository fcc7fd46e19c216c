import { defineEntity, MikroORM, p, type EntityManager } from '@mikro-orm/postgresql'
import { auditExtension } from 'backstory/mikro-orm'

import { newRow } from '../node-peers/node-peer.ts'
import type { ListenedOrm } from './application.ts'
import { sendByHand } from './floor.ts'

const Element = defineEntity({
  name: 'Element',
  tableName: 'elements',
  properties: {
    id: p.uuid().primary(),
    world_id: p.integer(),
    kind: p.text(),
    name: p.text(),
    summary: p.text(),
    body: p.text(),
    attributes: p.json(),
    rank: p.integer(),
    score: p.decimal('string'),
    hidden: p.boolean(),
    created_at: p.datetime(),
    updated_at: p.datetime(),
  },
})

/** MikroORM 7: a flush of its unit of work. */
export const mikroOrm: ListenedOrm = {
  name: 'MikroORM',
  writes: 'a flush',
  open: async ({ host, port, user, password, database }, watcher) => {
    const orm = await MikroORM.init({
      entities: [Element],
      dbName: database ?? '',
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port }),
      ...(user === undefined ? {} : { user }),
      ...(password === undefined ? {} : { password }),
      pool: { max: 1 },
      extensions:
        watcher === 'trigger' || watcher === 'listener'
          ? [auditExtension({ track: [Element], capture: watcher })]
          : [],
    })
    const flush = (em: EntityManager, kind: 'update' | 'insert', ids: readonly string[]) =>
      watcher === 'floor'
        ? em.transactional((transaction) =>
            sendByHand(
              kind,
              ids,
              ({ text, values }) => transaction.execute(text.replaceAll(/\$\d+/g, '?'), [...values]),
              () => transaction.flush(),
            ),
          )
        : em.flush()
    return {
      prepareUpdates: async (ids, rank) => {
        const em = orm.em.fork()
        for (const element of await em.find(Element, { id: { $in: [...ids] } })) element.rank = rank
        return () => flush(em, 'update', ids)
      },
      prepareInserts: (ids) => {
        const em = orm.em.fork()
        for (const id of ids) {
          em.create(Element, { id, ...newRow, created_at: new Date(), updated_at: new Date() })
        }
        return Promise.resolve(() => flush(em, 'insert', ids))
      },
      close: () => orm.close(),
    }
  },
}
