/** Listener capture for Prisma. */
export { auditAdapter } from './orm/prisma/adapter.ts'
export type { AuditAdapterOptions } from './orm/prisma/adapter.ts'
export type { PrismaAdapterFactory } from './orm/prisma/types.ts'
