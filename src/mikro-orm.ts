export { auditExtension } from './orm/mikro-orm/extension.ts'
export type {
  AuditExtensionOptions,
  EntityTracking,
  MikroEntityReference,
} from './orm/mikro-orm/extension.ts'
