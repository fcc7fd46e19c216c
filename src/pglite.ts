/** Context for PGlite. */
export { audited } from './context/pglite/audited.ts'
export type { PgliteDatabase } from './context/pglite/audited.ts'
export type { AuditedOptions } from './context/rider.ts'
