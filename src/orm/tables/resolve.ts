import { BackstoryError } from '../../core/errors.ts'
import { formatElementType } from '../../db/element-type.ts'
import { readDrizzleTable } from './drizzle.ts'
import { readEntityMetadata, readEntitySchema } from './entity-metadata.ts'
import { readPrismaModel } from './prisma.ts'
import type { EntityMetadataSource, NamedInSchema, NamedTable, TableReference } from './references.ts'
import { readSequelizeModel } from './sequelize.ts'

/**
 * Names a table and says what its rows are, for code that has no ORM to say it: `tableOf<Account>('accounts')`. With
 * Kysely, `tableOf<Selectable<Database['accounts']>>('accounts')`. Nothing checks that the rows are so.
 */
export function tableOf<Row extends object>(tableName: string): NamedTable<Row> {
  return { kind: 'table', tableName }
}

/**
 * The element type of a table, by whatever it is given.
 *
 * @throws BackstoryError `invalid_argument` where it cannot be known
 */
export function elementTypeOf(reference: TableReference, orm: EntityMetadataSource | undefined): string {
  if (typeof reference === 'string') return reference
  if (isNamedTable(reference)) return reference.tableName
  const table = isReferenceObject(reference) ? readTable(reference, orm) : undefined
  if (table !== undefined) return formatElementType(table.schema ?? 'public', table.name)
  throw new BackstoryError(
    'invalid_argument',
    `It is not known which table ${describe(reference)} is. Give its name, or tell createBackstory who knows it, once that is initialised: createBackstory(pool, { orm: dataSource }) for TypeORM, { orm } for MikroORM.`,
  )
}

function readTable(reference: object, orm: EntityMetadataSource | undefined): NamedInSchema | undefined {
  return (
    readDrizzleTable(reference) ??
    readPrismaModel(reference) ??
    readSequelizeModel(reference) ??
    (orm === undefined ? undefined : readEntityMetadata(reference, orm)) ??
    readEntitySchema(reference)
  )
}

function isNamedTable(reference: TableReference): reference is NamedTable<unknown> {
  return (
    typeof reference === 'object' && reference !== null && 'kind' in reference && reference.kind === 'table'
  )
}

function isReferenceObject(reference: unknown): reference is object {
  return (typeof reference === 'object' && reference !== null) || typeof reference === 'function'
}

function describe(reference: unknown): string {
  if (typeof reference === 'function') return `the class ${reference.name}`
  if (typeof reference === 'object' && reference !== null && 'name' in reference)
    return String(reference.name)
  return JSON.stringify(reference) ?? 'this'
}
