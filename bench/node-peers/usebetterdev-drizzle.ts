import type pg from 'pg'

import { newRow, RolledBack, untilRolledBack, type NodePeer } from './node-peer.ts'

interface Query extends PromiseLike<readonly unknown[]> {
  readonly where: (condition: unknown) => Query
  readonly from: (table: unknown) => Query
  readonly values: (rows: object) => Query
  readonly set: (values: object) => Query
  readonly returning: () => Query
}

interface Queries {
  readonly select: () => Query
  readonly insert: (table: unknown) => Query
  readonly update: (table: unknown) => Query
  readonly delete: (table: unknown) => Query
  readonly execute: (statement: unknown) => Promise<unknown>
}

interface Database extends Queries {
  readonly transaction: (work: (transaction: Queries) => Promise<unknown>) => Promise<unknown>
}

type Column = (name: string, options?: object) => { readonly primaryKey: () => unknown }

interface Drizzle {
  readonly drizzle: (pool: pg.Pool) => Database
}

interface DrizzleOrm {
  readonly eq: (column: unknown, value: unknown) => unknown
  readonly inArray: (column: unknown, values: readonly string[]) => unknown
  readonly sql: { readonly raw: (text: string) => unknown }
}

interface PgCore extends Readonly<Record<string, Column>> {}

interface PgCoreTable {
  readonly pgTable: (name: string, columns: object) => Readonly<Record<string, unknown>>
}

/** What both adapters of @usebetterdev/audit are used through. */
export interface BetterAudit {
  readonly betterAudit: (options: object) => { readonly captureLog: unknown }
}

interface DrizzleAdapter {
  readonly drizzleAuditAdapter: (database: Database) => unknown
  readonly withAuditProxy: (database: Database, captureLog: unknown) => Database
}

/** The log that @usebetterdev/audit declares, with its indexes. */
export const betterAuditSchema = `
  create table public.audit_logs (
    id uuid primary key default gen_random_uuid(),
    timestamp timestamptz not null default now(),
    table_name text not null,
    operation text not null,
    record_id text not null,
    actor_id text,
    before_data jsonb,
    after_data jsonb,
    diff jsonb,
    label text,
    description text,
    severity text,
    compliance jsonb,
    notify boolean,
    reason text,
    metadata jsonb,
    redacted_fields jsonb
  );
  create index on public.audit_logs (table_name, timestamp);
  create index on public.audit_logs (actor_id);
  create index on public.audit_logs (record_id);
  create index on public.audit_logs (table_name, record_id);
  create index on public.audit_logs (operation);
  create index on public.audit_logs (timestamp);
  create index on public.audit_logs (timestamp, id)`

/** https://www.npmjs.com/package/@usebetterdev/audit on Drizzle: a proxy that reads before it writes, and logs after. */
export const betterAuditDrizzle: NodePeer = {
  name: '@usebetterdev/audit (Drizzle)',
  orm: 'Drizzle',
  packages: ['drizzle-orm', '@usebetterdev/audit', 'pg'],
  log: 'public.audit_logs',
  schema: betterAuditSchema,
  open: async ({ load, connection, watcher }) => {
    const { Pool }: typeof pg = load('pg')
    // its reads of the state before take a connection beside that of a transaction
    const pool = new Pool({ ...connection, max: watcher === 'the peer' ? 2 : 1 })
    pool.on('error', () => {})
    const { drizzle }: Drizzle = load('drizzle-orm/node-postgres')
    const plain = drizzle(pool)
    const { eq, inArray, sql }: DrizzleOrm = load('drizzle-orm')
    const tables: PgCoreTable = load('drizzle-orm/pg-core')
    const types: PgCore = load('drizzle-orm/pg-core')
    const elements = createTable(tables, types)
    const database = watcher === 'the peer' ? watch(plain) : plain
    const update = async (queries: Queries, id: string, rank: number) => {
      await queries.select().from(elements).where(eq(elements['id'], id))
      await queries.update(elements).set({ rank }).where(eq(elements['id'], id)).returning()
    }
    return {
      insert: async (id) =>
        database
          .insert(elements)
          .values({ id, ...newRow, created_at: new Date(), updated_at: new Date() })
          .returning(),
      update: (id, rank) => update(database, id, rank),
      remove: async (id) => {
        await database.select().from(elements).where(eq(elements['id'], id))
        await database.delete(elements).where(eq(elements['id'], id)).returning()
      },
      updateMany: async (worldId, rank) =>
        database.update(elements).set({ rank }).where(eq(elements['world_id'], worldId)).returning(),
      raw: (text) => database.execute(sql.raw(text)),
      rollBack: (id, rank) =>
        untilRolledBack(
          database.transaction(async (transaction) => {
            await update(transaction, id, rank)
            throw new RolledBack()
          }),
        ),
      prepareUpdates: (ids, rank) =>
        Promise.resolve(() =>
          database.transaction(async (transaction) =>
            transaction.update(elements).set({ rank }).where(inArray(elements['id'], ids)).returning(),
          ),
        ),
      prepareInserts: (ids) =>
        Promise.resolve(() =>
          database.transaction(async (transaction) =>
            transaction
              .insert(elements)
              .values(ids.map((id) => ({ id, ...newRow, created_at: new Date(), updated_at: new Date() })))
              .returning(),
          ),
        ),
      close: () => pool.end(),
    }

    function watch(unwatched: Database): Database {
      const { betterAudit }: BetterAudit = load('@usebetterdev/audit')
      const { drizzleAuditAdapter, withAuditProxy }: DrizzleAdapter = load('@usebetterdev/audit/drizzle')
      const audit = betterAudit({ database: drizzleAuditAdapter(unwatched), auditTables: ['elements'] })
      return withAuditProxy(unwatched, audit.captureLog)
    }
  },
}

function createTable({ pgTable }: PgCoreTable, types: PgCore): Readonly<Record<string, unknown>> {
  const column = (type: string, name: string, options?: object) => {
    const create = types[type]
    if (create === undefined) throw new Error(`drizzle-orm/pg-core has no ${type}.`)
    return create(name, options)
  }
  return pgTable('elements', {
    id: column('uuid', 'id').primaryKey(),
    world_id: column('integer', 'world_id'),
    kind: column('text', 'kind'),
    name: column('text', 'name'),
    summary: column('text', 'summary'),
    body: column('text', 'body'),
    attributes: column('jsonb', 'attributes'),
    rank: column('integer', 'rank'),
    score: column('numeric', 'score'),
    hidden: column('boolean', 'hidden'),
    created_at: column('timestamp', 'created_at', { withTimezone: true }),
    updated_at: column('timestamp', 'updated_at', { withTimezone: true }),
  })
}
