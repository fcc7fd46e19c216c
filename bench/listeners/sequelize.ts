import { auditClient } from 'backstory/pg'
import { recordModels } from 'backstory/sequelize'
import pg from 'pg'
import { DataTypes, Sequelize, type Transaction } from 'sequelize'

import { newRow } from '../node-peers/node-peer.ts'
import type { ListenedOrm } from './application.ts'
import { sendByHand } from './floor.ts'

/** Sequelize 6: `bulkCreate`, and saves of rows in a transaction. */
export const sequelizeOrm: ListenedOrm = {
  name: 'Sequelize',
  writes: 'saves in a transaction, or a bulkCreate,',
  open: ({ host, port, user = '', password, database = '' }, watcher) => {
    const sequelize = new Sequelize(database, user, typeof password === 'string' ? password : '', {
      dialect: 'postgres',
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port }),
      logging: false,
      pool: { max: 1, min: 1 },
      ...(watcher === 'trigger' || watcher === 'listener'
        ? { dialectModule: { ...pg, Client: auditClient(pg.Client) } }
        : {}),
    })
    const Element = sequelize.define(
      'element',
      {
        id: { type: DataTypes.UUID, primaryKey: true },
        world_id: DataTypes.INTEGER,
        kind: DataTypes.TEXT,
        name: DataTypes.TEXT,
        summary: DataTypes.TEXT,
        body: DataTypes.TEXT,
        attributes: DataTypes.JSONB,
        rank: DataTypes.INTEGER,
        score: DataTypes.DECIMAL,
        hidden: DataTypes.BOOLEAN,
        created_at: DataTypes.DATE,
        updated_at: DataTypes.DATE,
      },
      { tableName: 'elements', createdAt: 'created_at', updatedAt: 'updated_at' },
    )
    if (watcher === 'listener') recordModels(sequelize, { track: [Element] })
    const flush = (
      kind: 'update' | 'insert',
      ids: readonly string[],
      write: (transaction: Transaction) => Promise<unknown>,
    ) =>
      sequelize.transaction(async (transaction) => {
        if (watcher !== 'floor') return write(transaction)
        return sendByHand(
          kind,
          ids,
          ({ text, values }) => sequelize.query(text, { bind: [...values], transaction }),
          () => write(transaction),
        )
      })
    return Promise.resolve({
      prepareUpdates: async (ids, rank) => {
        const rows = await Element.findAll({ where: { id: [...ids] } })
        return () =>
          flush('update', ids, async (transaction) => {
            for (const row of rows) await row.update({ rank }, { transaction })
          })
      },
      prepareInserts: (ids) =>
        Promise.resolve(() =>
          flush('insert', ids, (transaction) =>
            Element.bulkCreate(
              ids.map((id) => ({ id, ...newRow })),
              { transaction },
            ),
          ),
        ),
      close: () => sequelize.close(),
    })
  },
}
