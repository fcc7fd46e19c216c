import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import { newRow, RolledBack, untilRolledBack, type NodePeer } from './node-peer.ts'
import {
  generateClient,
  insertElements,
  updateElements,
  type PrismaClient as Client,
  type PrismaModule,
  type PrismaTransaction as Transaction,
} from './prisma-client.ts'
import { betterAuditSchema, type BetterAudit } from './usebetterdev-drizzle.ts'

interface PrismaAdapter {
  readonly PrismaPg: new (options: object) => unknown
}

interface PrismaAudit {
  readonly prismaAuditAdapter: (client: Client) => unknown
  readonly withAuditExtension: (client: Client, captureLog: unknown) => Client
}

/** https://www.npmjs.com/package/@usebetterdev/audit on Prisma: a query extension that reads before, and logs after. */
export const betterAuditPrisma: NodePeer = {
  name: '@usebetterdev/audit (Prisma)',
  orm: 'Prisma',
  packages: ['prisma', '@prisma/client', '@prisma/adapter-pg', '@usebetterdev/audit', 'pg'],
  log: 'public.audit_logs',
  schema: betterAuditSchema,
  open: async ({ load, folder, connection, watcher }) => {
    const generated = await generateClient(folder)
    const { PrismaClient }: PrismaModule = load(join(generated, 'client'))
    const { PrismaPg }: PrismaAdapter = load('@prisma/adapter-pg')
    // its reads of the state before take a connection beside that of a transaction
    const max = watcher === 'the peer' ? 2 : 1
    const plain = new PrismaClient({ adapter: new PrismaPg({ ...connection, max }) })
    const client = watcher === 'the peer' ? watch(plain) : plain
    const update = async ({ element }: Transaction, id: string, rank: number) => {
      await element.findUniqueOrThrow({ where: { id } })
      await element.update({ where: { id }, data: { rank } })
    }
    return {
      insert: (id) =>
        client.element.create({ data: { id, ...newRow, created_at: new Date(), updated_at: new Date() } }),
      update: (id, rank) => update(client, id, rank),
      remove: async (id) => {
        await client.element.findUniqueOrThrow({ where: { id } })
        await client.element.delete({ where: { id } })
      },
      updateMany: (worldId, rank) =>
        client.element.updateMany({ where: { world_id: worldId }, data: { rank } }),
      raw: (text) => client.$executeRawUnsafe(text),
      rollBack: (id, rank) =>
        untilRolledBack(
          client.$transaction(async (transaction) => {
            await update(transaction, id, rank)
            throw new RolledBack()
          }),
        ),
      prepareUpdates: (ids, rank) =>
        Promise.resolve(() => client.$transaction((transaction) => updateElements(transaction, ids, rank))),
      prepareInserts: (ids) =>
        Promise.resolve(() => client.$transaction((transaction) => insertElements(transaction, ids))),
      close: async () => {
        await plain.$disconnect()
        await rm(generated, { recursive: true, force: true })
      },
    }

    function watch(unwatched: Client): Client {
      const { betterAudit }: BetterAudit = load('@usebetterdev/audit')
      const { prismaAuditAdapter, withAuditExtension }: PrismaAudit = load('@usebetterdev/audit/prisma')
      const audit = betterAudit({ database: prismaAuditAdapter(unwatched), auditTables: ['elements'] })
      return withAuditExtension(unwatched, audit.captureLog)
    }
  },
}
