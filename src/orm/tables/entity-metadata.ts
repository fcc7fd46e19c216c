import type { EntityMetadataSource, NamedInSchema } from './references.ts'

/** Reads an entity class or schema by what the ORM has found out about it: TypeORM's and MikroORM's agree in this. */
export function readEntityMetadata(
  reference: object,
  source: EntityMetadataSource,
): NamedInSchema | undefined {
  const metadata = findEntityMetadata(reference, source)
  return metadata === undefined ? undefined : readEntityNames(metadata)
}

/** Reads a schema that names its table itself, as MikroORM's `defineEntity` and TypeORM's `EntitySchema` can. */
export function readEntitySchema(reference: object): NamedInSchema | undefined {
  const described: unknown = Reflect.get(reference, 'meta') ?? Reflect.get(reference, 'options')
  return typeof described === 'object' && described !== null ? readEntityNames(described) : undefined
}

/** What the ORM has found out about an entity, if it knows it. */
export function findEntityMetadata(reference: object, source: EntityMetadataSource): object | undefined {
  const getMetadata: unknown = Reflect.get(source, 'getMetadata')
  if (typeof getMetadata !== 'function') return undefined
  try {
    const found: unknown = Reflect.apply(getMetadata, source, [reference])
    return typeof found === 'object' && found !== null ? found : undefined
  } catch {
    // it does not know the entity, and says so in an error of its own
    return undefined
  }
}

/** The table of an entity by its metadata, if it has one. */
export function readEntityNames(metadata: object): NamedInSchema | undefined {
  const name: unknown = Reflect.get(metadata, 'tableName')
  const schema: unknown = Reflect.get(metadata, 'schema')
  if (typeof name !== 'string') return undefined
  // MikroORM's * is a schema that is named with each query
  if (typeof schema === 'string' && schema !== '*') return { name, schema }
  const dot = name.indexOf('.')
  return dot < 0 ? { name } : { schema: name.slice(0, dot), name: name.slice(dot + 1) }
}
