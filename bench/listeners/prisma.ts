import { rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { PrismaPg } from '@prisma/adapter-pg'
import { audited } from 'backstory/pg'
import { auditAdapter } from 'backstory/prisma'

import { openPool } from '../databases.ts'
import {
  generateClient,
  insertElements,
  updateElements,
  type PrismaModule,
  type PrismaTransaction,
} from '../node-peers/prisma-client.ts'
import type { ListenedOrm } from './application.ts'
import { sendByHand } from './floor.ts'

const repository = join(import.meta.dirname, '../..')

/** Prisma 7: `create`, `createMany`, `update`, `updateMany`. */
export const prisma: ListenedOrm = {
  name: 'Prisma',
  writes: 'a call in a transaction',
  open: async (connection, watcher) => {
    const generated = await generateClient(repository)
    const { PrismaClient }: PrismaModule = createRequire(import.meta.url)(join(generated, 'client'))
    const pool = openPool(connection)
    const adapter = new PrismaPg(watcher === 'trigger' || watcher === 'listener' ? audited(pool) : pool, {
      disposeExternalPool: true,
    })
    const client = new PrismaClient({
      adapter: watcher === 'listener' ? auditAdapter(adapter, { tables: { elements: ['id'] } }) : adapter,
    })
    const flush = (
      kind: 'update' | 'insert',
      ids: readonly string[],
      write: (transaction: PrismaTransaction) => Promise<unknown>,
    ) =>
      client.$transaction((transaction) =>
        watcher === 'floor'
          ? sendByHand(
              kind,
              ids,
              ({ text, values }) => transaction.$executeRawUnsafe(text, ...values),
              () => write(transaction),
            )
          : write(transaction),
      )
    return {
      prepareUpdates: (ids, rank) =>
        Promise.resolve(() => flush('update', ids, (transaction) => updateElements(transaction, ids, rank))),
      prepareInserts: (ids) =>
        Promise.resolve(() => flush('insert', ids, (transaction) => insertElements(transaction, ids))),
      close: async () => {
        await client.$disconnect()
        await rm(generated, { recursive: true, force: true })
      },
    }
  },
}
