/** Listener capture for Kysely. */
export { auditDialect } from './orm/kysely/dialect.ts'
export type { AuditDialectOptions } from './orm/kysely/dialect.ts'
export type { KyselyDialect, KyselyDriver } from './orm/kysely/types.ts'
