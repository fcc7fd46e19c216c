import type { NamedInSchema } from './references.ts'

/** Reads a model of a Prisma client: `prisma.account`. Its table is in what the client was generated with. */
export function readPrismaModel(reference: object): NamedInSchema | undefined {
  if (!('findUnique' in reference)) return undefined
  const name: unknown = Reflect.get(reference, '$name')
  const parent: unknown = Reflect.get(reference, '$parent')
  if (typeof name !== 'string' || typeof parent !== 'object' || parent === null) return undefined
  const dataModel: unknown = Reflect.get(parent, '_runtimeDataModel')
  const model = propertyOf(propertyOf(dataModel, 'models'), name)
  if (model === undefined) return undefined
  const [table, schema] = [propertyOf(model, 'dbName'), propertyOf(model, 'schema')]
  return {
    name: typeof table === 'string' ? table : name,
    schema: typeof schema === 'string' ? schema : undefined,
  }
}

function propertyOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}
