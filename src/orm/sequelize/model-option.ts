import type { Model } from 'sequelize'

import type { AuditedOptions, ColumnMark } from '../marks/audited.ts'

/** What the models of Sequelize take as `audited`: `true`, or the options of tracking. */
export type SequelizeModelOption = boolean | AuditedOptions

declare module 'sequelize' {
  // oxlint-disable-next-line typescript/no-unused-vars -- a declaration has the parameters of the one that it adds to
  interface ModelOptions<M extends Model> {
    /** Marks the model as audited: its table is tracked. By the names of attributes or columns. */
    audited?: SequelizeModelOption
  }
  interface ColumnOptions {
    /** How the column is tracked. */
    audited?: ColumnMark
  }
}
