import { newRow, RolledBack, untilRolledBack, type NodePeer } from './node-peer.ts'

interface Row {
  readonly update: (values: object, options?: object) => Promise<unknown>
  readonly destroy: () => Promise<unknown>
}

interface Model {
  readonly create: (row: object) => Promise<unknown>
  readonly bulkCreate: (rows: readonly object[], options: object) => Promise<unknown>
  readonly findAll: (options: object) => Promise<Row[]>
  readonly findByPk: (id: string, options: object) => Promise<Row>
  readonly update: (values: object, options: object) => Promise<unknown>
  readonly hasPaperTrail?: () => unknown
}

interface Sequelize {
  readonly define: (name: string, columns: object, options: object) => Model
  readonly sync: () => Promise<unknown>
  readonly query: (text: string) => Promise<unknown>
  readonly transaction: (work: (transaction: unknown) => Promise<unknown>) => Promise<unknown>
  readonly close: () => Promise<unknown>
}

interface SequelizeModule {
  readonly Sequelize: new (database: string, user: string, password: string, options: object) => Sequelize
  readonly DataTypes: Readonly<Record<string, unknown>>
}

interface PaperTrail {
  readonly init: (
    sequelize: Sequelize,
    options: object,
  ) => { readonly defineModels: (options: object) => void }
}

/** https://www.npmjs.com/package/sequelize-paper-trail: hooks that write a revision, and number the row itself. */
export const sequelizePaperTrail: NodePeer = {
  name: 'sequelize-paper-trail',
  orm: 'Sequelize',
  packages: ['sequelize', 'sequelize-paper-trail', 'pg'],
  log: 'public."Revisions"',
  schema: 'alter table public.elements add column revision integer default 0',
  open: async ({ load, connection, watcher }) => {
    const { Sequelize, DataTypes }: SequelizeModule = load('sequelize')
    const { host, port, user = '', password, database = '' } = connection
    const sequelize = new Sequelize(database, user, typeof password === 'string' ? password : '', {
      dialect: 'postgres',
      host,
      port,
      logging: false,
      pool: { max: 1, min: 1 },
    })
    const paperTrail: PaperTrail = load('sequelize-paper-trail')
    const trail = watcher === 'the peer' ? paperTrail.init(sequelize, { UUID: true }) : undefined
    trail?.defineModels({})
    const { TEXT, INTEGER, JSONB, DECIMAL, BOOLEAN, DATE, UUID } = DataTypes
    const Element = sequelize.define(
      'element',
      {
        id: { type: UUID, primaryKey: true },
        world_id: INTEGER,
        kind: TEXT,
        name: TEXT,
        summary: TEXT,
        body: TEXT,
        attributes: JSONB,
        rank: INTEGER,
        score: DECIMAL,
        hidden: BOOLEAN,
        created_at: DATE,
        updated_at: DATE,
      },
      { tableName: 'elements', createdAt: 'created_at', updatedAt: 'updated_at' },
    )
    if (trail !== undefined) {
      Element.hasPaperTrail?.()
      await sequelize.sync()
    }
    const find = (id: string, options: object = {}) =>
      Element.findByPk(id, { ...options, rejectOnEmpty: true })
    return {
      insert: (id) => Element.create({ id, ...newRow }),
      update: async (id, rank) => (await find(id)).update({ rank }),
      remove: async (id) => (await find(id)).destroy(),
      updateMany: (worldId, rank) => Element.update({ rank }, { where: { world_id: worldId } }),
      raw: (text) => sequelize.query(text),
      rollBack: (id, rank) =>
        untilRolledBack(
          sequelize.transaction(async (transaction) => {
            await (await find(id, { transaction })).update({ rank }, { transaction })
            throw new RolledBack()
          }),
        ),
      prepareUpdates: async (ids, rank) => {
        const rows = await Element.findAll({ where: { id: ids } })
        return () =>
          sequelize.transaction(async (transaction) => {
            for (const row of rows) await row.update({ rank }, { transaction })
          })
      },
      prepareInserts: (ids) =>
        Promise.resolve(() =>
          sequelize.transaction((transaction) =>
            Element.bulkCreate(
              ids.map((id) => ({ id, ...newRow })),
              // without, it is not called at all
              { transaction, individualHooks: trail !== undefined },
            ),
          ),
        ),
      close: () => sequelize.close(),
    }
  },
}
