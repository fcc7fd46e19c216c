import { isKeyValue, type Announcement } from '../recorder.ts'
import {
  tableOf,
  type SequelizeAttribute,
  type SequelizeInstance,
  type SequelizeModel,
} from './model-access.ts'

/**
 * The rows of recorded models that point to rows which are destroyed, by foreign keys that delete or change them: whatever
 * the database does to them is recorded. One step far.
 */
export function pointingTo(
  model: SequelizeModel,
  rows: readonly Pick<SequelizeInstance, 'get'>[],
  models: ReadonlySet<SequelizeModel>,
): readonly Announcement[] {
  const { name, schema } = tableOf(model)
  return [...models].flatMap((other) =>
    Object.entries(other.rawAttributes).flatMap(([attribute, { field = attribute, ...column }]) => {
      const target = targetOf(column)
      if (target === undefined || target.name !== name || (target.schema ?? schema) !== schema) return []
      const [pointed] =
        Object.entries(model.rawAttributes).find(
          ([own, { field: ownField = own }]) => ownField === target.key,
        ) ?? []
      return rows.flatMap((row) => {
        const value = pointed === undefined ? undefined : row.get(pointed, { raw: true })
        return isKeyValue(value)
          ? [{ table: tableOf(other), operation: 'delete' as const, key: { [field]: value } }]
          : []
      })
    }),
  )
}

interface Target {
  readonly schema: string | undefined
  readonly name: string
  readonly key: string
}

function targetOf({ references, onDelete = '' }: SequelizeAttribute): Target | undefined {
  if (!/CASCADE|SET/i.test(onDelete) || typeof references !== 'object' || references === null)
    return undefined
  const table: unknown = Reflect.get(references, 'model')
  const key = String(Reflect.get(references, 'key') ?? 'id')
  if (typeof table === 'string') return { schema: undefined, name: table, key }
  if (typeof table !== 'object' || table === null || !('tableName' in table)) return undefined
  const schema: unknown = Reflect.get(table, 'schema')
  return {
    schema: typeof schema === 'string' && schema !== '' ? schema : undefined,
    name: String(table.tableName),
    key,
  }
}
