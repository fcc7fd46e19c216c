/** Context for postgres.js. */
export { audited } from './context/postgres-js/audited.ts'
export type { PostgresSql } from './context/postgres-js/audited.ts'
export type { AuditedOptions } from './context/rider.ts'
