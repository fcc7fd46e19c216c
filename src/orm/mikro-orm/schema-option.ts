import type { EntityCtor } from '@mikro-orm/postgresql'

import type { AuditedOptions } from '../marks/audited.ts'

/** What the schemas of MikroORM take as `audited`: `true`, or the options of tracking. */
export type MikroOrmSchemaOption = true | AuditedOptions

declare module '@mikro-orm/postgresql' {
  // of defineEntity and EntitySchema
  // oxlint-disable-next-line typescript/no-unused-vars -- a declaration has the parameters of the one that it adds to
  interface EntityMetadata<Entity, Class extends EntityCtor<Entity>> {
    /** Marks the entity as audited: its table is tracked. By the names of properties or columns. */
    audited?: MikroOrmSchemaOption
  }
}
