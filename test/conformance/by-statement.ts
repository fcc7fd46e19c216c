import type { Operations } from './driver.ts'
import type { TableName } from './tables.ts'

/** What a library without entities has: statements. */
export type Statements = Pick<
  Operations,
  'insertMany' | 'updateWhere' | 'increment' | 'deleteWhere' | 'upsert' | 'raw'
>

/** The operations of a library without entities: to save a row is to update it by its key. */
export function byStatement(statements: Statements): Omit<Operations, 'transaction'> {
  return {
    ...statements,
    insert: (table, row) => statements.insertMany(table, [row]),
    load: (table, key) =>
      Promise.resolve({
        save: (changes) => statements.updateWhere(table, key, changes),
        remove: () => statements.deleteWhere(table, key),
      }),
    link: (elementId, tagId) => statements.insertMany(pivot, [{ element_id: elementId, tag_id: tagId }]),
    unlink: (elementId, tagId) => statements.deleteWhere(pivot, { element_id: elementId, tag_id: tagId }),
  }
}

const pivot: TableName = 'element_tags'
