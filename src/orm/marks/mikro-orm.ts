import { BackstoryError } from '../../core/errors.ts'
import type { MikroMetadata, MikroProperty } from '../mikro-orm/types.ts'
import { readEntityNames } from '../tables/entity-metadata.ts'
import {
  embeddedPropertiesOf,
  markedPropertiesOf,
  markOf,
  type AuditedOptions,
  type MarkedProperty,
} from './audited.ts'
import { parseAudited, type Model } from './model.ts'

/** Describes the table of an entity of MikroORM, or of one kind of a joined inheritance. */
export function describeMikroEntity(meta: MikroMetadata): Model | undefined {
  const table = readEntityNames(meta)
  if (table === undefined) return undefined
  const columns = new Map(
    Object.entries(meta.properties)
      .filter(([name]) => isOwn(meta, name))
      .flatMap(([name, property]) => columnsOf(property, name)),
  )
  return {
    name: meta.className,
    table,
    audited: mikroAuditedOf(meta),
    // of a joined table, what the parent's holds is marked there
    marked: marksOf(meta).filter(
      ({ property }) => columns.has(property) || meta.tptParent?.properties[property] === undefined,
    ),
    columns,
  }
}

/** What an entity of MikroORM is marked with: by its class, or by the option of its schema. */
export function mikroAuditedOf(meta: MikroMetadata): AuditedOptions | undefined {
  const [byClass, bySchema] = [markOf(meta.class), parseAudited(meta.audited, meta.className)]
  if (byClass !== undefined && bySchema !== undefined) {
    throw invalid(`${meta.className} is marked by its class and by its schema: once is enough.`)
  }
  const audited = byClass ?? bySchema
  if (audited !== undefined && sharesTable(meta)) {
    throw invalid(
      `${meta.className} shares the table of ${meta.root.className}: mark ${meta.root.className}, and what is marked of its kinds goes with it.`,
    )
  }
  return audited
}

// the kinds of a single-table inheritance have that of their root
function sharesTable(meta: MikroMetadata): boolean {
  return meta.root !== meta && meta.root.inheritanceType === 'sti'
}

// of a joined table: what its parent's holds is not on it, but for the key
function isOwn({ tptParent, primaryKeys }: MikroMetadata, name: string): boolean {
  return tptParent?.properties[name] === undefined || primaryKeys.includes(name)
}

function columnsOf(property: MikroProperty, path: string): (readonly [string, readonly string[]])[] {
  const parts = Object.entries(property.embeddedProps ?? {}).flatMap(([name, part]) =>
    columnsOf(part, `${path}.${name}`),
  )
  const inline = parts.flatMap(([, columns]) => columns)
  // what is embedded as one document has no columns for its parts
  const own = inline.length > 0 ? [...new Set(inline)] : ownColumnsOf(property)
  return own === undefined ? parts : [[path, own], ...parts]
}

// a schema that MikroORM has not discovered yet says only what is written in it
function ownColumnsOf(property: MikroProperty): readonly string[] | undefined {
  const { kind, owner, persist, fieldName, fieldNames } = property
  const isElsewhere = kind === '1:m' || kind === 'm:n' || (kind === '1:1' && !owner)
  if (isElsewhere || persist === false) return []
  return fieldNames ?? (fieldName === undefined ? undefined : [fieldName])
}

function marksOf(meta: MikroMetadata): readonly MarkedProperty[] {
  const kinds = meta.inheritanceType === 'sti' ? Object.values(meta.discriminatorMap ?? {}) : []
  return [
    ...[meta.class, ...kinds].flatMap(markedPropertiesOf),
    ...Object.entries(meta.properties)
      // a part of what is embedded is a property too
      .filter(([, { embedded }]) => embedded === undefined)
      .flatMap(([name, property]) => embeddedMarksOf(property, name)),
  ]
}

function embeddedMarksOf(property: MikroProperty, path: string): readonly MarkedProperty[] {
  if (property.kind !== 'embedded') return []
  return [
    ...embeddedPropertiesOf(property.targetMeta?.class, path),
    ...Object.entries(property.embeddedProps ?? {}).flatMap(([name, part]) =>
      embeddedMarksOf(part, `${path}.${name}`),
    ),
  ]
}

function invalid(message: string): BackstoryError {
  return new BackstoryError('invalid_argument', message)
}
