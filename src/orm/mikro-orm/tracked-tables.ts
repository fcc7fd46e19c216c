import type { MikroMetadata } from './types.ts'

/** Whether an entity is recorded where some are named: its root or its parent may be, in its place. */
export function isRecordedEntity(meta: MikroMetadata, isNamed: (meta: MikroMetadata) => boolean): boolean {
  return (
    isNamed(meta) ||
    isNamed(meta.root) ||
    (meta.tptParent !== undefined && isRecordedEntity(meta.tptParent, isNamed))
  )
}

/** Whether an entity has a table of its own that is tracked where some entities are named, or is between such. */
export function isTrackedMikroTable(meta: MikroMetadata, isNamed: (meta: MikroMetadata) => boolean): boolean {
  if (meta.embeddable === true || meta.abstract === true) return false
  if (isRecordedEntity(meta, isNamed)) {
    // the kinds of a single table share that of their root
    return meta.inheritanceType === 'tpt' || meta.root === meta
  }
  return (
    meta.pivotTable === true &&
    Object.values(meta.properties).some(
      ({ targetMeta }) => targetMeta !== undefined && isRecordedEntity(targetMeta, isNamed),
    )
  )
}

/** What a `MikroORM` knows of all entities; `undefined` where that is none. */
export function mikroMetadatasOf(source: object): readonly MikroMetadata[] | undefined {
  if (!('getMetadata' in source) || !('config' in source) || !isFunction(source.getMetadata)) return undefined
  const storage: unknown = source.getMetadata()
  if (typeof storage !== 'object' || storage === null || !isStorage(storage)) return undefined
  return [...storage.getAll().values()]
}

function isStorage(storage: object): storage is { getAll(): ReadonlyMap<unknown, MikroMetadata> } {
  return 'getAll' in storage && typeof storage.getAll === 'function'
}

function isFunction(value: unknown): value is () => unknown {
  return typeof value === 'function'
}
