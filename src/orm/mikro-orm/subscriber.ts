import { BackstoryError } from '../../core/errors.ts'
import { createRecorder, type Announcement, type FlushClient, type PhotographedFlush } from '../recorder.ts'
import { announceFlush, announceUpsert } from './announce.ts'
import type {
  MikroFlushEvent,
  MikroMetadata,
  MikroTransaction,
  MikroUnitOfWork,
  MikroUpsertEvent,
} from './types.ts'

/** What the subscriber is told by the extension. */
export interface SubscriberOptions {
  readonly schema: string | undefined
  readonly isRecorded: (meta: MikroMetadata) => boolean
}

/** The listeners of MikroORM's events, and what they know. */
export interface FlushSubscriber {
  readonly onFlush: (event: MikroFlushEvent) => Promise<void>
  readonly afterFlush: (event: MikroFlushEvent) => Promise<void>
  readonly afterTransactionStart: (event: MikroFlushEvent) => Promise<void>
  readonly beforeTransactionCommit: (event: MikroFlushEvent) => Promise<void>
  readonly beforeUpsert: (event: MikroUpsertEvent) => Promise<void>
  readonly afterUpsert: (event: MikroUpsertEvent) => Promise<void>
  /** Whether what is written in this transaction now is recorded. */
  readonly isRecording: (transaction: unknown) => boolean
}

/**
 * Records flushes. Order of one flush (MikroORM 7): onFlush; where it opens a transaction itself, afterTransactionStart;
 * the writes; beforeTransactionCommit. In an explicit transaction afterFlush is still inside of it.
 */
export function createFlushSubscriber({ schema, isRecorded }: SubscriberOptions): FlushSubscriber {
  const recorder = createRecorder({ schema })
  // flushes that wait for the transaction that MikroORM opens for them
  const waiting = new WeakSet<MikroUnitOfWork>()
  // by transaction and by what began them, so that one that failed half-way is recorded all the same if it is committed
  const open = new WeakMap<object, Map<object, PhotographedFlush>>()

  const end = async (transaction: object, owner: object) => {
    const flushes = open.get(transaction)
    const flush = flushes?.get(owner)
    flushes?.delete(owner)
    await flush?.record()
  }
  const begin = async (
    transaction: MikroTransaction,
    owner: object,
    announcements: readonly Announcement[],
  ) => {
    await end(transaction, owner)
    const flush = await recorder.photograph(clientOf(transaction), announcements)
    open.set(transaction, (open.get(transaction) ?? new Map<object, PhotographedFlush>()).set(owner, flush))
  }

  return {
    onFlush: async ({ em, uow }) => {
      if (uow === undefined) return
      const transaction = em.getTransactionContext()
      if (transaction === undefined) waiting.add(uow)
      else await begin(transaction, uow, announceFlush(uow, isRecorded))
    },
    afterTransactionStart: async ({ uow, transaction }) => {
      if (uow === undefined || transaction === undefined || !waiting.delete(uow)) return
      try {
        await begin(transaction, uow, announceFlush(uow, isRecorded))
      } catch (error) {
        // MikroORM does not end a transaction whose start has failed
        await transaction.rollback?.().execute()
        throw error
      }
    },
    beforeTransactionCommit: async ({ transaction }) => {
      if (transaction === undefined) return
      for (const owner of open.get(transaction)?.keys() ?? []) await end(transaction, owner)
    },
    afterFlush: async ({ em, uow }) => {
      if (uow === undefined) return
      waiting.delete(uow)
      const transaction = em.getTransactionContext()
      if (transaction !== undefined) await end(transaction, uow)
    },
    beforeUpsert: async ({ em, meta, entity }) => {
      if (!isRecorded(meta)) return
      const transaction = em.getTransactionContext()
      const announcement = announceUpsert(meta, entity)
      if (transaction === undefined) {
        throw refusal(
          `an upsert of ${meta.className} outside of a transaction: call it inside of em.transactional`,
        )
      }
      if (announcement === undefined) {
        throw refusal(
          `an upsert of ${meta.className} that names neither its primary key nor a unique property`,
        )
      }
      await begin(transaction, entity, [announcement])
    },
    afterUpsert: async ({ em }) => {
      // an upsert of many has written all its rows when the first of these comes
      const transaction = em.getTransactionContext()
      const flushes = transaction === undefined ? undefined : open.get(transaction)
      if (transaction === undefined) return
      for (const owner of flushes?.keys() ?? []) await end(transaction, owner)
    },
    isRecording: (transaction) =>
      typeof transaction === 'object' && transaction !== null && (open.get(transaction)?.size ?? 0) > 0,
  }
}

/** The error of a write that listener capture would miss. */
export function refusal(what: string): BackstoryError {
  return new BackstoryError(
    'not_recordable',
    `Listener capture does not see ${what}. Use the unit of work (em.create, em.remove, em.flush), or track the table by trigger.`,
  )
}

// past em.execute, which writes values into the text: they are bound, and a connection can hold the statement back
function clientOf(transaction: MikroTransaction): FlushClient {
  return {
    query: async ({ text, values }) => {
      const query = { kind: 'RawNode', sqlFragments: [text], parameters: [] }
      const { rows } = await transaction.executeQuery({
        query,
        queryId: { queryId: 'backstory' },
        sql: text,
        parameters: values,
      })
      return rows
    },
  }
}
