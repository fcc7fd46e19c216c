import { BackstoryError } from '../../core/errors.ts'
import {
  createRecorder,
  isKeyValue,
  type Announcement,
  type FlushClient,
  type PhotographedFlush,
  type RowKey,
} from '../recorder.ts'
import { writeSentTime } from './sent-time.ts'
import type { TypeormColumn, TypeormEvent, TypeormMetadata, TypeormQueryRunner } from './types.ts'

/** What the subscriber is told. */
export interface TypeormSubscriberOptions {
  readonly schema: string | undefined
  readonly isRecorded: (metadata: TypeormMetadata) => boolean
  /** Every table that TypeORM knows, for those that point to a removed row. */
  readonly metadatas: () => readonly TypeormMetadata[]
}

type Listener = (event: TypeormEvent) => Promise<void> | undefined

/** The listeners of TypeORM's events. */
export type TypeormSubscriber = Readonly<
  Record<
    | 'beforeInsert'
    | 'afterInsert'
    | 'beforeUpdate'
    | 'afterUpdate'
    | 'beforeRemove'
    | 'afterRemove'
    | 'beforeSoftRemove'
    | 'afterSoftRemove'
    | 'beforeRecover'
    | 'afterRecover'
    | 'beforeTransactionCommit'
    | 'afterTransactionRollback',
    Listener
  >
>

/** An insertion whose key comes with the event after it. */
interface Insertion {
  readonly metadata: TypeormMetadata
  readonly entity: object | undefined
  key: RowKey | undefined
}

/** What is going on on one connection. */
interface Recording {
  announcements: Announcement[]
  insertions: Insertion[]
  open: { readonly flush: PhotographedFlush; readonly depth: number }[]
  photographing: Promise<void> | undefined
  recording: Promise<void> | undefined
}

/**
 * Records what `save`, `remove`, `softRemove` and `recover` write. TypeORM calls the listeners of all rows before a flush one
 * after the other, and then waits for them together; so they announce one by one and wait for one photograph. The same
 * after it.
 */
export function createTypeormSubscriber(options: TypeormSubscriberOptions): TypeormSubscriber {
  const { isRecorded, metadatas } = options
  const recorder = createRecorder({ schema: options.schema })
  const recordings = new WeakMap<TypeormQueryRunner, Recording>()
  const recordingOf = (queryRunner: TypeormQueryRunner): Recording => {
    const known = recordings.get(queryRunner)
    if (known !== undefined) return known
    const created: Recording = {
      announcements: [],
      insertions: [],
      open: [],
      photographing: undefined,
      recording: undefined,
    }
    recordings.set(queryRunner, created)
    return created
  }

  const announce = (queryRunner: TypeormQueryRunner, announcements: readonly Announcement[]) => {
    const recording = recordingOf(queryRunner)
    recording.announcements.push(...announcements)
    recording.photographing ??= Promise.resolve().then(async () => {
      recording.photographing = undefined
      const flush = await recorder.photograph(clientOf(queryRunner), recording.announcements.splice(0))
      recording.open.push({ flush, depth: queryRunner.transactionDepth ?? 1 })
    })
    return recording.photographing
  }
  const record = (queryRunner: TypeormQueryRunner) => {
    const recording = recordingOf(queryRunner)
    recording.recording ??= Promise.resolve().then(async () => {
      recording.recording = undefined
      for (const { flush } of recording.open.splice(0)) await flush.record()
      recording.insertions = []
    })
    return recording.recording
  }
  const beforeChange =
    (operation: 'update' | 'delete', verb: string): Listener =>
    ({ queryRunner, metadata, databaseEntity, entityId }) => {
      if (!isRecorded(metadata)) return undefined
      const key = keyOf(metadata, databaseEntity ?? entityId)
      if (!queryRunner.isTransactionActive || key === undefined) throw refusal(verb, metadata)
      const table = tableOf(metadata)
      return announce(queryRunner, [
        { table, operation, key },
        ...(operation === 'delete' ? pointingTo(metadata, key, metadatas().filter(isRecorded)) : []),
      ])
    }
  const afterChange: Listener = ({ queryRunner, metadata }) =>
    isRecorded(metadata) ? record(queryRunner) : undefined

  return {
    beforeInsert: ({ queryRunner, metadata, entity }) => {
      if (!isRecorded(metadata)) return undefined
      if (!queryRunner.isTransactionActive) throw refusal('insert', metadata)
      const insertion: Insertion = { metadata, entity, key: undefined }
      recordingOf(queryRunner).insertions.push(insertion)
      return announce(queryRunner, [
        { table: tableOf(metadata), operation: 'insert', key: () => insertion.key },
      ])
    },
    afterInsert: ({ queryRunner, metadata, entity, entityId }) => {
      if (!isRecorded(metadata)) return undefined
      const key = keyOf(metadata, entityId)
      const insertion = recordingOf(queryRunner).insertions.find(
        (one) => one.metadata === metadata && one.entity === entity && one.key === undefined,
      )
      // a query builder says neither the key nor whether it is an upsert
      if (key === undefined || insertion === undefined) throw refusal('insert', metadata)
      insertion.key = key
      return record(queryRunner)
    },
    beforeUpdate: beforeChange('update', 'update'),
    afterUpdate: afterChange,
    beforeRemove: beforeChange('delete', 'delete'),
    afterRemove: afterChange,
    beforeSoftRemove: beforeChange('update', 'soft delete'),
    afterSoftRemove: afterChange,
    beforeRecover: beforeChange('update', 'restore'),
    afterRecover: afterChange,
    // what failed half-way, and is committed all the same
    beforeTransactionCommit: ({ queryRunner }) =>
      (recordings.get(queryRunner)?.open.length ?? 0) > 0 ? record(queryRunner) : undefined,
    afterTransactionRollback: ({ queryRunner }) => {
      const recording = recordings.get(queryRunner)
      if (recording === undefined) return undefined
      const depth = queryRunner.transactionDepth ?? 0
      recording.open = recording.open.filter((one) => one.depth <= depth)
      recording.announcements = []
      recording.insertions = []
      return undefined
    },
  }
}

// the photographs of these are taken by what they point with: whatever a foreign key does to them is recorded
function pointingTo(
  metadata: TypeormMetadata,
  key: RowKey,
  others: readonly TypeormMetadata[],
): readonly Announcement[] {
  return others.flatMap((other) =>
    other.foreignKeys
      .filter(
        ({ referencedEntityMetadata, referencedColumns, onDelete }) =>
          referencedEntityMetadata.tableName === metadata.tableName &&
          onDelete !== undefined &&
          /CASCADE|SET/.test(onDelete) &&
          referencedColumns.every(({ databaseName }) => databaseName in key),
      )
      .map(({ columns, referencedColumns }) => ({
        table: tableOf(other),
        operation: 'delete' as const,
        key: Object.fromEntries(
          columns.flatMap(({ databaseName }, place) => {
            const value = key[referencedColumns[place]?.databaseName ?? '']
            return value === undefined ? [] : [[databaseName, value]]
          }),
        ),
      })),
  )
}

function tableOf({ schema, tableName }: TypeormMetadata): Announcement['table'] {
  return { schema, name: tableName }
}

// an entity, a map of ids, or the one id
function keyOf(metadata: TypeormMetadata, source: unknown): RowKey | undefined {
  if (source === null || source === undefined) return undefined
  const values = metadata.primaryColumns.map(
    (column) => [column.databaseName, valueOf(column, source, metadata)] as const,
  )
  const known = values.flatMap(([name, value]) => (isKeyValue(value) ? [[name, value] as const] : []))
  return known.length === values.length ? Object.fromEntries(known) : undefined
}

function valueOf(column: TypeormColumn, source: unknown, metadata: TypeormMetadata): unknown {
  const value = rawValueOf(column, source)
  return value instanceof Date ? writeSentTime(value, column, metadata) : value
}

function rawValueOf(column: TypeormColumn, source: unknown): unknown {
  if (typeof source !== 'object' || source === null || isKeyValue(source)) return source
  const direct: unknown = column.getEntityValue(source, true)
  return direct ?? Reflect.get(source, column.propertyName)
}

function clientOf(queryRunner: TypeormQueryRunner): FlushClient {
  return {
    query: async ({ text, values }) => {
      try {
        return await queryRunner.query(text, values)
      } catch (error) {
        throw error instanceof Error ? (Reflect.get(error, 'driverError') ?? error) : error
      }
    },
  }
}

function refusal(verb: string, { name }: TypeormMetadata): BackstoryError {
  return new BackstoryError(
    'not_recordable',
    `Listener capture does not see which rows of ${name} this ${verb} writes. Use save(), remove() or softRemove() in a transaction, or track the table by trigger.`,
    { details: { entity: name } },
  )
}
