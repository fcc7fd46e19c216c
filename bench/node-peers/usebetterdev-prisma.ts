import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

import { newRow, RolledBack, untilRolledBack, type NodePeer } from './node-peer.ts'
import { betterAuditSchema, type BetterAudit } from './usebetterdev-drizzle.ts'

interface Model {
  readonly create: (options: object) => Promise<unknown>
  readonly findUniqueOrThrow: (options: object) => Promise<unknown>
  readonly update: (options: object) => Promise<unknown>
  readonly delete: (options: object) => Promise<unknown>
  readonly updateMany: (options: object) => Promise<unknown>
}

interface Transaction {
  readonly element: Model
}

interface Client extends Transaction {
  readonly $executeRawUnsafe: (text: string) => Promise<unknown>
  readonly $transaction: (work: (transaction: Transaction) => Promise<unknown>) => Promise<unknown>
  readonly $disconnect: () => Promise<unknown>
}

interface PrismaModule {
  readonly PrismaClient: new (options: object) => Client
}

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

// Prisma's client is made from a schema; nothing is written into the folder of the reader
async function generateClient(folder: string): Promise<string> {
  const place = await mkdtemp(join(tmpdir(), 'backstory-prisma-'))
  await symlink(resolve(folder, 'node_modules'), join(place, 'node_modules'))
  await writeFile(join(place, 'schema.prisma'), schema)
  await promisify(execFile)(
    process.execPath,
    [join(place, 'node_modules', 'prisma', 'build', 'index.js'), 'generate', '--schema', 'schema.prisma'],
    {
      cwd: place,
      // generating needs no engine, which Prisma would download
      env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' },
    },
  )
  return place
}

const schema = `
generator client {
  provider = "prisma-client-js"
  output   = "./client"
}
datasource db {
  provider = "postgresql"
}
model Element {
  id         String   @id @db.Uuid
  world_id   Int
  kind       String
  name       String
  summary    String
  body       String
  attributes Json
  rank       Int
  score      Decimal
  hidden     Boolean
  created_at DateTime @db.Timestamptz
  updated_at DateTime @db.Timestamptz
  @@map("elements")
}
`
