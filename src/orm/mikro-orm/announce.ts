/* oxlint-disable no-underscore-dangle -- the names are those of MikroORM */
import { BackstoryError } from '../../core/errors.ts'
import { isKeyValue, type Announcement, type KeyValue, type RowKey } from '../recorder.ts'
import type {
  MikroChangeSet,
  MikroCollection,
  MikroEntity,
  MikroMetadata,
  MikroProperty,
  MikroUnitOfWork,
} from './types.ts'

/**
 * What a flush will write to the tables of recorded entities, in the order in which MikroORM writes: changed entities,
 * the rows between entities of many to many, deletions. More may be announced than is written: the rows tell.
 */
export function announceFlush(
  unit: MikroUnitOfWork,
  isRecorded: (meta: MikroMetadata) => boolean,
): readonly Announcement[] {
  const changeSets = unit.getChangeSets().filter(({ meta }) => isRecorded(meta))
  const isDeletion = ({ type }: MikroChangeSet) => type === 'delete' || type === 'delete_early'
  const changed = new Set(changeSets.map(({ entity }) => entity))
  return [
    ...changeSets
      .filter((changeSet) => !isDeletion(changeSet))
      .flatMap((changeSet) => announceChange(changeSet, isRecorded)),
    // references to entities that are inserted later in the flush
    ...[...unit.getExtraUpdates()].flatMap(([entity]) =>
      changed.has(entity) || !isRecorded(entity.__meta) ? [] : announceExtraUpdate(entity),
    ),
    ...unit.getCollectionUpdates().flatMap((collection) => announceCollection(collection, isRecorded)),
    ...changeSets.filter(isDeletion).flatMap((changeSet) => announceDeletion(changeSet, isRecorded)),
  ]
}

/** What an upsert will write: `undefined` where its row cannot be found before. */
export function announceUpsert(meta: MikroMetadata, data: object): Announcement | undefined {
  const key = meta.primaryKeys.map((name) => [meta.properties[name]?.fieldNames, Reflect.get(data, name)])
  const unique = meta.uniqueProps.find(({ name }) => isPresent(Reflect.get(data, name)))
  const found = key.every(([, value]) => isPresent(value))
    ? key
    : unique === undefined
      ? undefined
      : [[unique.fieldNames, Reflect.get(data, unique.name)]]
  if (found === undefined) return undefined
  const columns = found.flatMap(([names]) => (Array.isArray(names) ? names.map(String) : []))
  const values = found.map(([, value]) => value)
  return { table: tableOf(meta, undefined), operation: 'upsert', key: toKey(meta, columns, values) }
}

function announceChange(
  changeSet: MikroChangeSet,
  isRecorded: (meta: MikroMetadata) => boolean,
): readonly Announcement[] {
  const { type, meta, entity, schema, tptChangeSets = [] } = changeSet
  if (type === 'create') {
    // the table of the root is written first
    return [...tptChangeSets.toReversed(), changeSet].map((part) => ({
      table: tableOf(part.meta, part.schema),
      operation: 'insert',
      key: () => (entity.__helper.hasPrimaryKey() ? keyOf(part.meta, entity) : undefined),
    }))
  }
  const key = columnsOf(meta)
  const [before, after] = [keyBefore(changeSet), entity.__helper.getPrimaryKeys(true) ?? []]
  const isMoved = String(before) !== String(after)
  const change = (
    operation: 'update' | 'upsert',
    table: Announcement['table'],
    columns: readonly string[],
  ): Announcement => ({
    table,
    operation,
    key: toKey(meta, columns, before),
    newKey: toKey(meta, columns, after),
  })
  return [
    ...familyOf(meta)
      .toReversed()
      .map((part) => change('update', tableOf(part, schema), key)),
    // nothing can have pointed to a key that was not there: what does so afterwards came along by a foreign key
    ...(isMoved ? pointingTo(meta, entity, isRecorded) : []).map(({ table, columns }) =>
      change('upsert', table, columns),
    ),
  ]
}

// with the rows that point to it: a foreign key may delete them, or change them
function announceDeletion(
  changeSet: MikroChangeSet,
  isRecorded: (meta: MikroMetadata) => boolean,
): readonly Announcement[] {
  const { meta, entity, schema } = changeSet
  const own = keyBefore(changeSet)
  return [
    ...familyOf(meta).map((part) => ({ table: tableOf(part, schema), columns: columnsOf(meta) })),
    ...pointingTo(meta, entity, isRecorded),
  ].map(({ table, columns }) => ({ table, operation: 'delete', key: toKey(meta, columns, own) }))
}

/** The rows between an entity and others, and the tables that have a foreign key to it: by which columns. */
function pointingTo(
  meta: MikroMetadata,
  entity: MikroEntity,
  isRecorded: (meta: MikroMetadata) => boolean,
): readonly { readonly table: Announcement['table']; readonly columns: readonly string[] }[] {
  const properties = new Set(
    familyOf(meta).flatMap((part) => part.root.referencingProperties.concat(part.referencingProperties)),
  )
  return [
    ...pivotsOf(entity),
    ...[...properties]
      .filter(({ meta: other, prop }) => isRecorded(other) && isForeignKey(prop, columnsOf(meta)))
      .map(({ meta: other, prop }) => ({ table: tableOf(other, undefined), columns: prop.joinColumns })),
  ]
}

function isForeignKey({ kind, owner, joinColumns }: MikroProperty, key: readonly string[]): boolean {
  return (kind === 'm:1' || (kind === '1:1' && owner)) && joinColumns.length === key.length
}

function announceExtraUpdate(entity: MikroEntity): readonly Announcement[] {
  if (!entity.__helper.hasPrimaryKey()) return []
  const meta = entity.__meta
  return [{ table: tableOf(meta, undefined), operation: 'update', key: keyOf(meta, entity) }]
}

function announceCollection(
  collection: MikroCollection,
  isRecorded: (meta: MikroMetadata) => boolean,
): readonly Announcement[] {
  const { owner, property } = collection
  const target = property.targetMeta
  if (property.kind === '1:m') {
    const foreignKey = target?.properties[property.mappedBy ?? '']?.fieldNames ?? []
    if (target === undefined || !isRecorded(target) || !owner.__helper.hasPrimaryKey()) return []
    // a collection that was never loaded: all its rows may go, and those that are in it come
    const own = owner.__helper.getPrimaryKeys(true) ?? []
    return [
      ...announceKeeper(owner, isRecorded),
      { table: tableOf(target, undefined), operation: 'update', key: toKey(target, foreignKey, own) },
      ...collection.getItems(false).flatMap(announceExtraUpdate),
    ]
  }
  const pivot = pivotOf(property, owner)
  if (property.kind !== 'm:n' || pivot === undefined) return []
  if (!isRecorded(owner.__meta) && !(target !== undefined && isRecorded(target))) return []
  const snapshot = collection.getSnapshot()
  const items = collection.getItems(false)
  const before = new Set(snapshot)
  const after = new Set(items)
  const keyOfRow = (item: MikroEntity): RowKey | undefined => {
    const keys = [owner, item].map((side) => side.__helper.getPrimaryKeys(true))
    return keys.some((key) => key === null || key.some((value) => !isPresent(value)))
      ? undefined
      : toKey(owner.__meta, [...pivot.columns, ...pivot.others], keys.flat())
  }
  return [
    ...(snapshot === undefined ? announceKeeper(owner, isRecorded) : []),
    ...announceGone(owner, pivot, snapshot?.filter((item) => !after.has(item)).map(keyOfRow)),
    ...items
      .filter((item) => !before.has(item))
      .map((item): Announcement => {
        const known = keyOfRow(item)
        // a row that may be there already is looked for: MikroORM adds to what it has not loaded by upsert
        return (snapshot === undefined || !collection.isInitialized()) && known !== undefined
          ? { table: pivot.table, operation: 'upsert', key: known }
          : { table: pivot.table, operation: 'insert', key: () => keyOfRow(item) }
      }),
  ]
}

// locked as if it were to go, so that no session adds to its collection what would go unseen
function announceKeeper(
  owner: MikroEntity,
  isRecorded: (meta: MikroMetadata) => boolean,
): readonly Announcement[] {
  const { __meta: meta, __helper: helper } = owner
  if (!isRecorded(meta) || !helper.hasPrimaryKey()) return []
  return [{ table: tableOf(meta, helper.__schema), operation: 'delete', key: keyOf(meta, owner) }]
}

// of a collection that was never loaded any row may go
function announceGone(
  owner: MikroEntity,
  { table, columns }: Pivot,
  known: readonly (RowKey | undefined)[] | undefined,
): readonly Announcement[] {
  const all = owner.__helper.hasPrimaryKey()
    ? toKey(owner.__meta, columns, owner.__helper.getPrimaryKeys(true) ?? [])
    : undefined
  return (known ?? [all]).flatMap((key) =>
    key === undefined ? [] : [{ table, operation: 'delete' as const, key }],
  )
}

interface Pivot {
  readonly table: Announcement['table']
  /** The columns that point to the one side, and to the other. */
  readonly columns: readonly string[]
  readonly others: readonly string[]
}

/** The tables between an entity and others, from both sides: their rows go with it. */
function pivotsOf(entity: MikroEntity): readonly Pivot[] {
  return entity.__meta.root.relations
    .filter(({ kind }) => kind === 'm:n')
    .flatMap((property) => pivotOf(property, entity) ?? [])
}

function pivotOf(property: MikroMetadata['relations'][number], owner: MikroEntity): Pivot | undefined {
  const { pivotTable, joinColumns, inverseJoinColumns } = property
  if (pivotTable === undefined) return undefined
  const dot = pivotTable.indexOf('.')
  const schema = dot < 0 ? schemaOf(owner.__meta, owner.__helper.__schema) : pivotTable.slice(0, dot)
  return {
    table: { schema, name: pivotTable.slice(dot + 1) },
    columns: joinColumns,
    others: inverseJoinColumns,
  }
}

// a joined table for each class, the most derived one first
function familyOf(meta: MikroMetadata): readonly MikroMetadata[] {
  if (meta.inheritanceType !== 'tpt' || meta.tptParent === undefined) return [meta]
  return [meta, ...familyOf(meta.tptParent)]
}

function tableOf(meta: MikroMetadata, schema: string | undefined): Announcement['table'] {
  const { tableName } = meta.inheritanceType === 'tpt' ? meta : meta.root
  return { schema: schemaOf(meta, schema), name: tableName }
}

function schemaOf(meta: MikroMetadata, schema: string | undefined): string | undefined {
  // * is a schema that is named with each query
  return [schema, meta.schema, meta.root.schema].find((name) => name !== undefined && name !== '*')
}

function columnsOf(meta: MikroMetadata): readonly string[] {
  return meta.primaryKeys.flatMap((name) => meta.properties[name]?.fieldNames ?? [])
}

// the parts of a composite key come by name where the entity was never loaded (em.getReference)
function keyBefore(changeSet: MikroChangeSet): readonly unknown[] {
  const key = changeSet.getPrimaryKey()
  const isByName = changeSet.meta.primaryKeys.length > 1 && !Array.isArray(key)
  return isByName ? (changeSet.entity.__helper.getPrimaryKeys(true) ?? []) : [key]
}

function keyOf(meta: MikroMetadata, entity: MikroEntity): RowKey {
  return toKey(meta, columnsOf(meta), entity.__helper.getPrimaryKeys(true) ?? [])
}

function toKey(meta: MikroMetadata, columns: readonly string[], values: readonly unknown[]): RowKey {
  const flat = values.flat(8)
  return Object.fromEntries(columns.map((name, place) => [name, toKeyValue(meta, name, flat[place])]))
}

function toKeyValue(meta: MikroMetadata, column: string, value: unknown): KeyValue {
  if (isKeyValue(value)) return value
  throw new BackstoryError(
    'not_recordable',
    `Listener capture cannot tell PostgreSQL the key of ${meta.className}: ${column} is ${String(value)}. Track its table by trigger.`,
    { details: { entity: meta.className, column } },
  )
}

function isPresent(value: unknown): boolean {
  return value !== null && value !== undefined
}
