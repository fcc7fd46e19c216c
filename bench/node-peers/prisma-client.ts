import { execFile } from 'node:child_process'
import { mkdtemp, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

import { newRow } from './node-peer.ts'

interface Model {
  readonly create: (options: object) => Promise<unknown>
  readonly createMany: (options: object) => Promise<unknown>
  readonly findUniqueOrThrow: (options: object) => Promise<unknown>
  readonly update: (options: object) => Promise<unknown>
  readonly delete: (options: object) => Promise<unknown>
  readonly updateMany: (options: object) => Promise<unknown>
}

/** Prisma's client in a transaction. */
export interface PrismaTransaction {
  readonly element: Model
  readonly $queryRawUnsafe: (text: string, ...values: readonly string[]) => Promise<unknown>
  readonly $executeRawUnsafe: (text: string, ...values: readonly string[]) => Promise<unknown>
}

/** Prisma's client. */
export interface PrismaClient extends PrismaTransaction {
  readonly $transaction: (work: (transaction: PrismaTransaction) => Promise<unknown>) => Promise<unknown>
  readonly $disconnect: () => Promise<unknown>
}

/** What is generated. */
export interface PrismaModule {
  readonly PrismaClient: new (options: object) => PrismaClient
}

/** Changes one column of some rows, by the call for as many. */
export function updateElements(
  { element }: PrismaTransaction,
  ids: readonly string[],
  rank: number,
): Promise<unknown> {
  const [only, ...others] = ids
  return others.length === 0
    ? element.update({ where: { id: only }, data: { rank } })
    : element.updateMany({ where: { id: { in: ids } }, data: { rank } })
}

/** Inserts rows, by the call for as many. */
export function insertElements({ element }: PrismaTransaction, ids: readonly string[]): Promise<unknown> {
  const data = ids.map((id) => ({ id, ...newRow, created_at: new Date(), updated_at: new Date() }))
  const [only, ...others] = data
  return others.length === 0 ? element.create({ data: only }) : element.createMany({ data })
}

/** Makes a client by the Prisma of a folder, in a new one, to be removed: nothing is written into that of the reader. */
export async function generateClient(folder: string): Promise<string> {
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
