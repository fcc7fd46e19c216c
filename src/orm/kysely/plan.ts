import { writeKeyText } from '../../db/found-rows.ts'
import { quoteIdentifier } from '../../db/sql.ts'
import { cannotRecord, type ListenedTable } from '../statements/statement-recorder.ts'
import { isKeyValue, type RowKey } from '../recorder.ts'
import {
  listAt,
  lockRows,
  makeNode,
  nodeAt,
  nodesAt,
  readColumn,
  readTable,
  selectKey,
  type NamedTable,
} from './nodes.ts'
import { readKnownKeys } from './known-keys.ts'
import type { Node } from './types.ts'

/** What is to be done about a statement. */
export type StatementPlan =
  /** It writes no table that is recorded. */
  | { readonly kind: 'pass' }
  /** It changes the rows that `select` finds, whose columns are the key. */
  | {
      readonly kind: 'change'
      readonly table: ListenedTable
      readonly isDeleted: boolean
      readonly select: Node
    }
  /** It changes rows whose keys its condition says. */
  | {
      readonly kind: 'change known'
      readonly table: ListenedTable
      readonly isDeleted: boolean
      readonly keys: readonly RowKey[]
    }
  /** It inserts; with `ending` behind its text it returns the keys too, under the names of `keyNameOf`. */
  | {
      readonly kind: 'insert'
      readonly table: ListenedTable
      readonly ending: string
      readonly returnsRows: boolean
    }
  /** It inserts, or updates the rows that have one of these keys. */
  | { readonly kind: 'upsert'; readonly table: ListenedTable; readonly conflicting: readonly RowKey[] }

/**
 * Reads from the nodes of a statement what will happen to which rows.
 *
 * @throws BackstoryError `not_recordable` for what would leave no entry, or a wrong one
 */
export function planStatement(
  query: Node,
  listenedTable: (named: NamedTable) => ListenedTable | undefined,
): StatementPlan {
  const find = (node: Node | undefined) => {
    const named = readTable(node)
    const table = named === undefined ? undefined : listenedTable(named)
    return named === undefined || table === undefined ? undefined : { named, table }
  }
  refuseWritesInside(query, (node) => find(targetOf(node))?.table)
  const target = find(targetOf(query))
  if (target === undefined) return pass
  const { named, table } = target
  refuseOtherParts(query, table)
  switch (query.kind) {
    case 'InsertQueryNode':
      return planInsert(query, table)
    case 'UpdateQueryNode':
      refuseChangedKey(nodesAt(query, 'updates'), table)
      return planChange(query, named, table, nodesAt(nodeAt(query, 'from'), 'froms'))
    case 'DeleteQueryNode':
      return planChange(query, named, table, nodesAt(nodeAt(query, 'using'), 'tables'))
    default:
      throw cannotRecord('a merge', table, 'write it as an insert with on conflict, and an update')
  }
}

/** The name under which an insert returns a column of the key. */
export function keyNameOf(column: string): string {
  return `backstory_key_${column}`
}

const pass = { kind: 'pass' } as const

function targetOf(query: Node): Node | undefined {
  switch (query.kind) {
    case 'InsertQueryNode':
    case 'MergeQueryNode':
      return nodeAt(query, 'into')
    case 'UpdateQueryNode':
      return nodeAt(query, 'table')
    case 'DeleteQueryNode':
      return nodesAt(nodeAt(query, 'from'), 'froms')[0]
    default:
      return undefined
  }
}

function refuseWritesInside(query: Node, tableOf: (node: Node) => ListenedTable | undefined): void {
  for (const expression of nodesAt(nodeAt(query, 'with'), 'expressions')) {
    const inner = nodeAt(expression, 'expression')
    const table = inner === undefined ? undefined : tableOf(inner)
    if (table !== undefined) throw cannotRecord('a write inside of with', table, 'write it by itself')
  }
}

// What is not read here would be in the write and not in what looks for its rows: a raw end may be `or true`.
function refuseOtherParts(query: Node, table: ListenedTable): void {
  const read = readParts[query.kind]
  const other = Object.entries(query).find(
    ([part, value]) =>
      read !== undefined &&
      !read.has(part) &&
      value !== undefined &&
      value !== false &&
      !(Array.isArray(value) && value.length === 0),
  )
  if (other === undefined) return
  const [part] = other
  if (part === 'explain')
    throw cannotRecord('an insert that is explained', table, 'explain it without auditDialect')
  throw cannotRecord(
    `raw parts (${part}) of a statement, as modifyEnd adds them`,
    table,
    'say it by the methods of the query builder, conditions by where',
  )
}

const partsOfAll = ['kind', 'with', 'returning']
const readParts: Readonly<Record<string, ReadonlySet<string>>> = {
  InsertQueryNode: new Set([...partsOfAll, 'into', 'columns', 'values', 'defaultValues', 'onConflict']),
  UpdateQueryNode: new Set([...partsOfAll, 'table', 'from', 'joins', 'where', 'updates', 'explain']),
  DeleteQueryNode: new Set([...partsOfAll, 'from', 'using', 'joins', 'where', 'explain']),
}

function planChange(
  query: Node,
  named: NamedTable,
  table: ListenedTable,
  others: readonly Node[],
): StatementPlan {
  const isDeleted = query.kind === 'DeleteQueryNode'
  const target = targetOf(query)
  const isAlone = others.length === 0 && nodesAt(query, 'joins').length === 0
  const keys = isAlone ? readKnownKeys(nodeAt(query, 'where'), table.key) : undefined
  if (keys !== undefined) return { kind: 'change known', table, isDeleted, keys }
  const parts = Object.fromEntries(
    ['where', 'joins', 'with'].flatMap((key) => {
      const part: unknown = Reflect.get(query, key)
      return part === undefined ? [] : [[key, part]]
    }),
  )
  return {
    kind: 'change',
    table,
    isDeleted,
    select: makeNode('SelectQueryNode', {
      ...parts,
      from: makeNode('FromNode', { froms: [target, ...others] }),
      selections: selectKey(table.key, named.alias),
      endModifiers: [lockRows(isDeleted ? 'update' : 'no key update', named.alias)],
    }),
  }
}

function planInsert(query: Node, table: ListenedTable): StatementPlan {
  const conflict = nodeAt(query, 'onConflict')
  const updates = nodesAt(conflict, 'updates')
  if (updates.length > 0) {
    refuseChangedKey(updates, table)
    return { kind: 'upsert', table, conflicting: conflictingKeys(query, conflict, table) }
  }
  const returnsRows = nodesAt(nodeAt(query, 'returning'), 'selections').length > 0
  // nothing that is read follows on what an insert returns; on a line of its own, since a raw part may end in a comment
  return {
    kind: 'insert',
    table,
    returnsRows,
    ending: `\n${returnsRows ? ', ' : 'returning '}${writeKeys(table)}`,
  }
}

const writtenKeys = new WeakMap<ListenedTable, string>()

function writeKeys(table: ListenedTable): string {
  const known = writtenKeys.get(table)
  if (known !== undefined) return known
  const written = table.key
    .map((column) => `${writeKeyText(quoteIdentifier(column))} as ${quoteIdentifier(keyNameOf(column))}`)
    .join(', ')
  writtenKeys.set(table, written)
  return written
}

/** The keys of the rows that an insert may meet, by the columns on which it conflicts. */
function conflictingKeys(query: Node, conflict: Node | undefined, table: ListenedTable): readonly RowKey[] {
  const refuse = () =>
    cannotRecord(
      'this on conflict do update',
      table,
      'name the columns of the conflict, and insert plain values for them',
    )
  const columns = nodesAt(query, 'columns').map(readColumn)
  const conflicting = nodesAt(conflict, 'columns').map(readColumn)
  if (conflicting.length === 0 || nodeAt(conflict, 'indexWhere') !== undefined) throw refuse()
  return nodesAt(nodeAt(query, 'values'), 'values').map((row) => {
    const values = listAt(row, 'values')
    return Object.fromEntries(
      conflicting.map((column) => {
        const value = plainValue(values[columns.indexOf(column)])
        if (column === undefined || !isKeyValue(value)) throw refuse()
        return [column, value]
      }),
    )
  })
}

function refuseChangedKey(updates: readonly Node[], table: ListenedTable): void {
  for (const update of updates) {
    const column = readColumn(nodeAt(update, 'column'))
    if (column === undefined || table.key.includes(column)) {
      throw cannotRecord('a change of the primary key', table, 'insert the new row and delete the old one')
    }
  }
}

// values stand in the list as they are, or in nodes where one of the row is an expression
function plainValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return value
  return value.kind === 'ValueNode' && 'value' in value ? value.value : undefined
}
