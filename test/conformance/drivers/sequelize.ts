import pg from 'pg'
import { DataTypes, QueryTypes, Sequelize, type Model, type ModelStatic, Transaction } from 'sequelize'

import { auditClient } from '../../../src/pg.ts'
import { recordModels } from '../../../src/sequelize.ts'
import type { ConformanceDriver, Operations, TransactionOperations } from '../driver.ts'
import type { TableName } from '../tables.ts'

/** Sequelize 6. */
export const sequelizeDriver: ConformanceDriver = {
  name: 'Sequelize',
  server: 'PostgreSQL',
  captures: ['trigger', 'listener'],
  unsupported: {
    'timestamps to the microsecond': 'Its DATE is a date of JavaScript, which has milliseconds.',
  },
  gaps: {
    ...Object.fromEntries(
      (['upsert that inserts', 'upsert that updates'] as const).map((name) => [
        name,
        { outcome: 'refused', reason: 'It writes by a method of the model, which does not say which rows.' },
      ]),
    ),
    'raw SQL': { outcome: 'unseen', reason: 'Sequelize announces no SQL.' },
  },
  connect: async ({ url, capture, connections }) => {
    const sequelize = new Sequelize(url, {
      dialect: 'postgres',
      dialectModule: capture === 'none' ? pg : { ...pg, Client: auditClient(pg.Client) },
      pool: { max: connections },
      logging: false,
      define: { timestamps: false },
    })
    const models = defineModels(sequelize)
    if (capture === 'listener') {
      const { worlds, elements, tags, element_tags, bonds, measurements } = models
      recordModels(sequelize, { track: [worlds, elements, tags, element_tags, bonds, measurements] })
    }
    return {
      ...operationsOn(models, null),
      transaction: (work, options) =>
        sequelize.transaction(
          options === undefined ? {} : { isolationLevel: Transaction.ISOLATION_LEVELS.SERIALIZABLE },
          (transaction) => work(withSavepoints(models, transaction)),
        ),
      insertLazily: (table, row) => models[table].create({ ...row }),
      close: () => sequelize.close(),
    }
  },
}

interface ElementModel extends Model {
  addTag(tagId: number, options: { transaction: Transaction | null }): Promise<void>
  removeTag(tagId: number, options: { transaction: Transaction | null }): Promise<void>
}

type Models = Readonly<Record<TableName, ModelStatic<Model>>> & {
  readonly elements: ModelStatic<ElementModel>
  readonly sequelize: Sequelize
}

function defineModels(sequelize: Sequelize): Models {
  // it writes into what it is given: every attribute needs its own
  const key = () => ({ type: DataTypes.INTEGER, primaryKey: true })
  const text = () => ({ type: DataTypes.TEXT, allowNull: false })
  const worlds = sequelize.define(
    'World',
    { id: { ...key(), autoIncrement: true }, name: text() },
    { tableName: 'worlds' },
  )
  const elements = sequelize.define<ElementModel>(
    'Element',
    {
      id: { ...key(), autoIncrement: true },
      world_id: {
        type: DataTypes.INTEGER,
        allowNull: false,
        references: { model: 'worlds', key: 'id' },
        onDelete: 'CASCADE',
      },
      name: text(),
      hp: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 10 },
      attributes: { type: DataTypes.JSONB, allowNull: false, defaultValue: {} },
      aliases: { type: DataTypes.ARRAY(DataTypes.TEXT), allowNull: false, defaultValue: [] },
      note: DataTypes.TEXT,
    },
    { tableName: 'elements' },
  )
  const tags = sequelize.define(
    'Tag',
    { id: { ...key(), autoIncrement: true }, name: text() },
    { tableName: 'tags' },
  )
  const element_tags = sequelize.define(
    'ElementTag',
    { element_id: key(), tag_id: key() },
    { tableName: 'element_tags' },
  )
  const bonds = sequelize.define(
    'Bond',
    {
      element_id: key(),
      kind: { ...text(), primaryKey: true },
      strength: { type: DataTypes.INTEGER, defaultValue: 1 },
    },
    { tableName: 'bonds' },
  )
  const measurements = sequelize.define(
    'Measurement',
    {
      id: { type: DataTypes.BIGINT, primaryKey: true },
      taken_at: DataTypes.DATE(6),
      amount: DataTypes.DECIMAL(40, 20),
    },
    { tableName: 'measurements' },
  )
  elements.belongsTo(worlds, { foreignKey: 'world_id' })
  elements.belongsToMany(tags, { through: element_tags, foreignKey: 'element_id', as: 'tags' })
  tags.belongsToMany(elements, { through: element_tags, foreignKey: 'tag_id' })
  return { worlds, elements, tags, element_tags, bonds, measurements, sequelize }
}

function operationsOn(models: Models, transaction: Transaction | null): Omit<Operations, 'transaction'> {
  const element = (id: number) => models.elements.findByPk(id, { transaction, rejectOnEmpty: true })
  return {
    insert: async (table, row) => {
      await models[table].create({ ...row }, { transaction })
    },
    load: async (table, key) => {
      const row = await models[table].findOne({ where: { ...key }, transaction, rejectOnEmpty: true })
      return {
        save: async (changes) => {
          await row.update({ ...changes }, { transaction })
        },
        remove: () => row.destroy({ transaction }),
      }
    },
    insertMany: async (table, rows) => {
      await models[table].bulkCreate(
        rows.map((row) => ({ ...row })),
        { transaction },
      )
    },
    updateWhere: async (table, where, changes) => {
      await models[table].update({ ...changes }, { where: { ...where }, transaction })
    },
    increment: async (table, where, column, by) => {
      await models[table].increment(column, { by, where: { ...where }, transaction })
    },
    deleteWhere: async (table, where) => {
      await models[table].destroy({ where: { ...where }, transaction })
    },
    upsert: async (table, row) => {
      await models[table].upsert({ ...row }, { transaction })
    },
    link: async (elementId, tagId) => (await element(elementId)).addTag(tagId, { transaction }),
    unlink: async (elementId, tagId) => (await element(elementId)).removeTag(tagId, { transaction }),
    raw: (text) => models.sequelize.query(text, { type: QueryTypes.SELECT, transaction }),
  }
}

function withSavepoints(models: Models, transaction: Transaction): TransactionOperations {
  return {
    ...operationsOn(models, transaction),
    savepoint: (work) =>
      models.sequelize.transaction({ transaction }, (inner) => work(withSavepoints(models, inner))),
  }
}
