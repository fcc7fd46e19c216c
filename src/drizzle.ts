/** Tables of Drizzle that are audited. */
export { audited } from './orm/marks/drizzle.ts'
export type { DrizzleAuditedOptions } from './orm/marks/drizzle.ts'
