/** Context for `pg`, and for everything that is built on it. */
export { audited, auditClient } from './context/pg/audited.ts'
export type { PgClient, PgClientClass, PgPool } from './context/pg/audited.ts'
export type { AuditedOptions } from './context/rider.ts'
