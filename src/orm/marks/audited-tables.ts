import { BackstoryError } from '../../core/errors.ts'
import { formatElementType } from '../../db/element-type.ts'
import type { TrackOptions } from '../../db/track.ts'
import { isTrackedMikroTable, mikroMetadatasOf } from '../mikro-orm/tracked-tables.ts'
import { auditedModels } from '../prisma/audited-models.ts'
import type { EntityMetadataSource } from '../tables/references.ts'
import type { TypeormMetadata } from '../typeorm/types.ts'
import { describeDrizzleTable } from './drizzle.ts'
import { schemaOfPrisma } from './describe.ts'
import { describeMikroEntity, mikroAuditedOf } from './mikro-orm.ts'
import { settleOptions, type Model } from './model.ts'
import { auditedSequelizeModels, describeSequelizeModel } from './sequelize.ts'
import { describeTypeormEntity, isTrackedTypeormTable, typeormAuditedOf } from './typeorm.ts'

/** A table that is marked as audited, and how it is tracked. */
export interface AuditedTable {
  readonly table: string
  readonly options: TrackOptions
}

/**
 * What knows the models that are marked: the `MikroORM`, a `DataSource` of TypeORM, a `Sequelize`, a Prisma client, the
 * schema of Drizzle (an object of its tables: `import * as schema`), or a list, such as `auditedModels` gives.
 */
export type AuditedSource =
  | EntityMetadataSource
  | { readonly models: object; getQueryInterface(): unknown }
  | { $connect(): unknown; $extends: unknown }
  | readonly AuditedTable[]
  | { readonly [name: string]: unknown }

/**
 * The tables whose models are marked as audited, and those between them, with the options of `track`: for migrations.
 *
 * @throws BackstoryError `invalid_argument` where nothing is marked; `unknown_column`, `invalid_option` for marks that
 *   cannot be
 * @example
 * const statements = auditedTables(orm).map(({ table, options }) => trackSql(table, options))
 */
export function auditedTables(source: AuditedSource): readonly AuditedTable[] {
  const tables = readTables(source)
  if (tables.length > 0) return tables
  throw new BackstoryError(
    'invalid_argument',
    'No model is marked as audited there. docs/guide/orms.md says how models are marked in each ORM.',
  )
}

function readTables(source: AuditedSource): readonly AuditedTable[] {
  if (isList(source)) return source
  const mikro = mikroMetadatasOf(source)
  if (mikro !== undefined) {
    const isMarked = (meta: (typeof mikro)[number]) => mikroAuditedOf(meta) !== undefined
    return mikro
      .filter((meta) => isTrackedMikroTable(meta, isMarked))
      .flatMap((meta) => toTables(describeMikroEntity(meta)))
  }
  const prisma = schemaOfPrisma(source)
  if (prisma !== undefined) return auditedModels(prisma)
  const metadatas: unknown = Reflect.get(source, 'entityMetadatas')
  if (isTypeormMetadatas(metadatas)) {
    const isMarked = (metadata: TypeormMetadata) => typeormAuditedOf(metadata) !== undefined
    return metadatas
      .filter((metadata) => isTrackedTypeormTable(metadata, isMarked))
      .flatMap((metadata) => toTables(describeTypeormEntity(metadata)))
  }
  const models: unknown = 'modelManager' in source ? Reflect.get(source, 'models') : undefined
  if (typeof models === 'object' && models !== null) {
    return auditedSequelizeModels(models).flatMap((model) => toTables(describeSequelizeModel(model)))
  }
  return Object.values(source)
    .flatMap((table) =>
      typeof table === 'object' && table !== null ? (describeDrizzleTable(table) ?? []) : [],
    )
    .filter(({ audited }) => audited !== undefined)
    .flatMap(toTables)
}

function toTables(model: Model | undefined): readonly AuditedTable[] {
  if (model === undefined) return []
  const { schema = 'public', name } = model.table
  return [{ table: formatElementType(schema, name), options: settleOptions(model, {}) }]
}

function isList(source: AuditedSource): source is readonly AuditedTable[] {
  return Array.isArray(source)
}

function isTypeormMetadatas(value: unknown): value is readonly TypeormMetadata[] {
  return Array.isArray(value)
}
