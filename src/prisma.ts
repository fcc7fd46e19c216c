/** Listener capture for Prisma, and what its schema says of tracking. */
export { auditAdapter } from './orm/prisma/adapter.ts'
export type { AuditAdapterOptions } from './orm/prisma/adapter.ts'
export type { PrismaAdapterFactory } from './orm/prisma/types.ts'
export { auditedModels } from './orm/prisma/audited-models.ts'
export type { AuditedModel } from './orm/prisma/audited-models.ts'
