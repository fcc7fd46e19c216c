import { existsSync } from 'node:fs'
import { join } from 'node:path'

import type pg from 'pg'

import type { Capture } from '../captures/capture.ts'
import type { FlushingApplication } from '../listeners/application.ts'

/** Who watches what an application writes. */
export type Watcher = 'nobody' | 'Backstory' | 'the peer'

/** The writes of an application, each in the manner of its ORM, on `public.elements`. */
export interface Application extends FlushingApplication {
  /** Inserts a row through the ORM. */
  readonly insert: (id: string) => Promise<unknown>
  /** Loads a row, changes one column, saves it. */
  readonly update: (id: string, rank: number) => Promise<unknown>
  /** Loads a row and deletes it. */
  readonly remove: (id: string) => Promise<unknown>
  /** Changes one column of all rows of a world, by the ORM's own call for that. */
  readonly updateMany: (worldId: number, rank: number) => Promise<unknown>
  /** Sends a statement past the ORM, over its connection. */
  readonly raw: (text: string) => Promise<unknown>
  /** Updates a row in a transaction that is rolled back. */
  readonly rollBack: (id: string, rank: number) => Promise<unknown>
}

/** A package that audits what one ORM writes. */
export interface NodePeer {
  readonly name: string
  readonly orm: string
  /** What has to be in the folder that the reader names. */
  readonly packages: readonly string[]
  /** The table of its log, as SQL names it. */
  readonly log: string
  /** Tables and columns that the peer wants to have; run on its database alone. */
  readonly schema: string
  /** Opens the application over one connection; `load` is `require` in the folder of the reader. */
  readonly open: (setting: {
    readonly load: NodeJS.Require
    readonly folder: string
    readonly connection: pg.ClientConfig
    readonly watcher: Watcher
  }) => Promise<Application>
}

/** Why a peer cannot be measured, or undefined: `folder` is that of the reader. */
export function findMissing({ name, packages }: NodePeer, folder: string | undefined): string | undefined {
  if (folder === undefined) return `${name} is left out: no --node-peers`
  const missing = packages.find((one) => !existsSync(join(folder, 'node_modules', one)))
  return missing === undefined ? undefined : `${name} is left out: ${folder} has no ${missing}`
}

/** The peer as what watches a database of its own. */
export function captureOf({ name, schema, log }: NodePeer): Capture {
  return {
    name,
    install: async ({ client }) => {
      if (schema !== '') await client.query(schema)
    },
    logTables: [log],
  }
}

/** Ends a transaction on purpose. */
export class RolledBack extends Error {}

/** Runs work that ends by `RolledBack`. */
export async function untilRolledBack(work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error
  }
}

/** The columns of a new row, but for its id. */
export const newRow = {
  world_id: 2,
  kind: 'character',
  name: 'Ged',
  summary: 'A goatherd of Gont',
  body: 'Five hundred bytes of text about somebody who herds goats on an island. '.repeat(7),
  attributes: {
    hp: 10,
    tags: ['a', 'b'],
    stats: { oar: 1, nerve: 2 },
    notes: 'word of unbinding '.repeat(50),
  },
  rank: 1,
  score: '1.5',
  hidden: false,
} as const
