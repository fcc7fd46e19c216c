export { auditExtension } from './orm/mikro-orm/extension.ts'
export type { AuditExtensionOptions, MikroEntityReference } from './orm/mikro-orm/extension.ts'
export type { MikroOrmSchemaOption } from './orm/mikro-orm/schema-option.ts'
