import type { NamedInSchema } from './references.ts'

/** Reads a model of Sequelize. */
export function readSequelizeModel(reference: object): NamedInSchema | undefined {
  if (typeof reference !== 'function' || !('getTableName' in reference)) return undefined
  if (typeof reference.getTableName !== 'function') return undefined
  const table: unknown = reference.getTableName()
  if (typeof table === 'string') return { name: table }
  if (typeof table !== 'object' || table === null || !('tableName' in table)) return undefined
  const schema =
    'schema' in table && typeof table.schema === 'string' && table.schema !== '' ? table.schema : undefined
  return { name: String(table.tableName), schema }
}
