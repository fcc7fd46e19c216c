export { audited } from './orm/typeorm/audited.ts'
export type { TypeormAuditOptions, TypeormEntityReference } from './orm/typeorm/audited.ts'
export type { TypeormSchemaOption } from './orm/typeorm/schema-option.ts'
