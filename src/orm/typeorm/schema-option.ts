// for the compiler to find what is added to
// oxlint-disable-next-line import/no-empty-named-blocks, unicorn/require-module-specifiers -- nothing of it is named
import type {} from 'typeorm'

import type { AuditedOptions, ColumnMark } from '../marks/audited.ts'

/** What an `EntitySchema` of TypeORM takes as `audited`: `true`, or the options of tracking. */
export type TypeormSchemaOption = true | AuditedOptions

declare module 'typeorm' {
  // oxlint-disable-next-line typescript/no-unused-vars -- a declaration has the parameters of the one that it adds to
  interface EntitySchemaOptions<T> {
    /** Marks the entity as audited: its table is tracked. By the names of properties or columns. */
    audited?: TypeormSchemaOption
  }
  interface EntitySchemaColumnOptions {
    /** How the column is tracked. */
    audited?: ColumnMark
  }
}
