import { BackstoryError } from '../../core/errors.ts'
import type { TypeormMetadata } from '../typeorm/types.ts'
import { readEntityNames } from '../tables/entity-metadata.ts'
import {
  embeddedPropertiesOf,
  markedPropertiesOf,
  markOf,
  type AuditedOptions,
  type MarkedProperty,
} from './audited.ts'
import { parseAudited, parseColumnMark, type Model } from './model.ts'

/** The options of an `EntitySchema` of TypeORM, as far as its marks are concerned. */
interface SchemaOptions {
  readonly name?: string
  readonly target?: unknown
  readonly audited?: unknown
  readonly columns?: Readonly<Record<string, { readonly audited?: unknown } | undefined>>
  readonly embeddeds?: Readonly<Record<string, { readonly schema?: unknown } | undefined>>
  readonly relations?: object
}

/** Describes an entity of TypeORM, or a table between two, by its metadata. */
export function describeTypeormEntity(metadata: TypeormMetadata): Model | undefined {
  const table = readEntityNames(metadata)
  if (table === undefined) return undefined
  const kinds = (metadata.childEntityMetadatas ?? []).filter(
    ({ tableName }) => tableName === metadata.tableName,
  )
  return {
    name: metadata.name,
    table,
    audited: typeormAuditedOf(metadata),
    marked: [metadata, ...kinds].flatMap(marksOf),
    columns: columnsOf(metadata),
  }
}

/** Describes an `EntitySchema` of TypeORM that names its table itself, without the `DataSource`. */
export function describeTypeormSchema(reference: object): Model | undefined {
  const options = optionsOf(reference)
  const table = options === undefined ? undefined : readEntityNames(options)
  if (options === undefined || table === undefined) return undefined
  const name = options.name ?? table.name
  const audited = parseAudited(options.audited, name)
  const marked = marksOfSchema(options, name)
  const named = new Set([
    ...Object.values(audited ?? {}).flat(),
    ...marked.map(({ property }) => property.split('.')[0]),
  ])
  const other = Object.keys({ ...options.relations, ...options.embeddeds }).find((property) =>
    named.has(property),
  )
  if (other !== undefined) {
    throw invalid(
      `TypeORM names the columns of ${other} of ${name}: tell createBackstory, or trackSql, who knows them, { orm: dataSource }.`,
    )
  }
  return {
    name,
    table,
    audited,
    marked,
    columns: new Map(
      Object.entries(options.columns ?? {}).flatMap(([property, column]) => {
        const given: unknown = column === undefined ? undefined : Reflect.get(column, 'name')
        return typeof given === 'string' ? [[property, [given]] as const] : []
      }),
    ),
  }
}

/** What an entity of TypeORM is marked with: by its class, or by the option of its schema. */
export function typeormAuditedOf(metadata: TypeormMetadata): AuditedOptions | undefined {
  const schema = schemaOf(metadata)
  const [byClass, bySchema] = [markOf(metadata.target), parseAudited(schema?.audited, metadata.name)]
  if (byClass !== undefined && bySchema !== undefined) {
    throw invalid(`${metadata.name} is marked by its class and by its schema: once is enough.`)
  }
  const { parentEntityMetadata: parent, tableName } = metadata
  const audited = byClass ?? bySchema
  if (audited !== undefined && parent !== undefined && parent.tableName === tableName) {
    throw invalid(
      `${metadata.name} shares the table of ${parent.name}: mark ${parent.name}, and what is marked of its kinds goes with it.`,
    )
  }
  return audited
}

/** Whether an entity is recorded where some are named: its parent may be, in its place. */
export function isRecordedTypeormEntity(
  metadata: TypeormMetadata,
  isNamed: (metadata: TypeormMetadata) => boolean,
): boolean {
  const { parentEntityMetadata: parent, isJunction, foreignKeys } = metadata
  return (
    isNamed(metadata) ||
    (parent !== undefined && isRecordedTypeormEntity(parent, isNamed)) ||
    (isJunction &&
      foreignKeys.some(({ referencedEntityMetadata }) =>
        isRecordedTypeormEntity(referencedEntityMetadata, isNamed),
      ))
  )
}

/** Whether an entity has a table of its own that is tracked where some entities are named, or is between such. */
export function isTrackedTypeormTable(
  metadata: TypeormMetadata,
  isNamed: (metadata: TypeormMetadata) => boolean,
): boolean {
  const { parentEntityMetadata: parent, tableName } = metadata
  return parent?.tableName !== tableName && isRecordedTypeormEntity(metadata, isNamed)
}

function marksOf(metadata: TypeormMetadata): readonly MarkedProperty[] {
  const schema = schemaOf(metadata)
  return [
    ...markedPropertiesOf(metadata.target),
    ...metadata.allEmbeddeds.flatMap(({ type, propertyPath }) => embeddedPropertiesOf(type, propertyPath)),
    ...(schema === undefined ? [] : marksOfSchema(schema, metadata.name)),
  ]
}

function marksOfSchema(schema: SchemaOptions, name: string, path = ''): readonly MarkedProperty[] {
  return [
    ...Object.entries(schema.columns ?? {}).flatMap(([property, column]) => {
      const mark = parseColumnMark(column?.audited, `${name}.${property}`)
      return mark === undefined ? [] : [{ property: path + property, mark }]
    }),
    ...Object.entries(schema.embeddeds ?? {}).flatMap(([property, embedded]) => {
      const inner = optionsOf(embedded?.schema)
      return inner === undefined ? [] : marksOfSchema(inner, `${name}.${property}`, `${path}${property}.`)
    }),
  ]
}

// an EntitySchema leaves nothing of itself in the metadata that we could add to
function schemaOf({ target, dataSource }: TypeormMetadata): SchemaOptions | undefined {
  const entities: unknown = dataSource?.options.entities
  return Object.values(typeof entities === 'object' && entities !== null ? entities : {})
    .flatMap((entity) => optionsOf(entity) ?? [])
    .find((options) => (options.target ?? options.name) === target)
}

function optionsOf(schema: unknown): SchemaOptions | undefined {
  if (typeof schema !== 'object' || schema === null || !('options' in schema)) return undefined
  const { options } = schema
  return typeof options === 'object' && options !== null ? options : undefined
}

function columnsOf({ columns }: TypeormMetadata): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const { propertyPath, databaseName } of columns) {
    // that of a relation, and of what is embedded, is found by every part of its path
    const parts = propertyPath.split('.')
    for (const [place] of parts.entries()) {
      const path = parts.slice(0, place + 1).join('.')
      found.set(path, [...(found.get(path) ?? []), databaseName])
    }
  }
  return found
}

function invalid(message: string): BackstoryError {
  return new BackstoryError('invalid_argument', message)
}
