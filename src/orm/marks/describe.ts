import { BackstoryError } from '../../core/errors.ts'
import type { TrackOptions } from '../../db/track.ts'
import type { MikroMetadata } from '../mikro-orm/types.ts'
import { describePrismaModel } from '../prisma/audited-models.ts'
import { findEntityMetadata } from '../tables/entity-metadata.ts'
import type { EntityMetadataSource, TableReference } from '../tables/references.ts'
import type { TypeormMetadata } from '../typeorm/types.ts'
import { describeDrizzleTable } from './drizzle.ts'
import { describeMikroEntity } from './mikro-orm.ts'
import { settleOptions, type Model } from './model.ts'
import { describeSequelizeModel } from './sequelize.ts'
import { describeTypeormEntity, describeTypeormSchema } from './typeorm.ts'

/**
 * The options of `track` for a table, by whatever it is given: what its model is marked with, and what is given, which wins.
 *
 * @throws BackstoryError `unknown_column`, `invalid_option`, `invalid_argument`
 */
export function trackingOf(
  reference: TableReference,
  given: TrackOptions,
  orm: EntityMetadataSource | undefined,
): TrackOptions {
  const model = typeof reference === 'string' ? undefined : describe(reference, orm)
  return model === undefined ? given : settleOptions(model, given)
}

function describe(reference: object, orm: EntityMetadataSource | undefined): Model | undefined {
  return (
    describeDrizzleTable(reference) ??
    describePrisma(reference) ??
    describeSequelizeModel(reference) ??
    describeEntity(orm === undefined ? undefined : findEntityMetadata(reference, orm)) ??
    describeEntity(Reflect.get(reference, 'meta')) ??
    describeTypeormSchema(reference)
  )
}

function describeEntity(metadata: unknown): Model | undefined {
  if (isMikroMetadata(metadata)) return describeMikroEntity(metadata)
  return isTypeormMetadata(metadata) ? describeTypeormEntity(metadata) : undefined
}

// the client has its schema with it, comments too
function describePrisma(reference: object): Model | undefined {
  const parent: unknown = Reflect.get(reference, '$parent')
  const name: unknown = Reflect.get(reference, '$name')
  if (!('findUnique' in reference) || typeof name !== 'string') return undefined
  const schema = typeof parent === 'object' && parent !== null ? schemaOfPrisma(parent) : undefined
  if (schema !== undefined) return describePrismaModel(schema, name)
  // else a secret that is marked there would be recorded
  throw new BackstoryError(
    'invalid_argument',
    `The schema of this Prisma client cannot be read, and so not how ${name} is marked. Give the name of its table and the options that auditedModels reads from the file.`,
  )
}

/** The text of the schema that a Prisma client was generated from. */
export function schemaOfPrisma(client: object): string | undefined {
  const config: unknown = Reflect.get(client, '_engineConfig')
  const schema: unknown =
    typeof config === 'object' && config !== null ? Reflect.get(config, 'inlineSchema') : undefined
  return typeof schema === 'string' ? schema : undefined
}

function isMikroMetadata(metadata: unknown): metadata is MikroMetadata {
  return (
    typeof metadata === 'object' && metadata !== null && 'className' in metadata && 'properties' in metadata
  )
}

function isTypeormMetadata(metadata: unknown): metadata is TypeormMetadata {
  return (
    typeof metadata === 'object' && metadata !== null && 'isJunction' in metadata && 'columns' in metadata
  )
}
