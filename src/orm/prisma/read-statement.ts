import { writeKeyText } from '../../db/found-rows.ts'
import { quoteIdentifier } from '../../db/sql.ts'
import { isKeyValue, type KeyValue, type RowKey } from '../recorder.ts'
import type { FindTable } from '../statements/listened-tables.ts'
import { cannotRecord, type ListenedTable } from '../statements/statement-recorder.ts'
import type { SqlQuery } from './types.ts'

/** What is to be done about a statement of Prisma's. */
export type StatementPlan =
  /** It writes no table that is recorded, or is no statement of Prisma's own making. */
  | { readonly kind: 'pass' }
  /** It changes the rows that `found` finds. */
  | {
      readonly kind: 'change'
      readonly table: ListenedTable
      readonly isDeleted: boolean
      readonly found: SqlQuery
    }
  /** It inserts; `query` is the same and returns the key too, in its last columns. */
  | { readonly kind: 'insert'; readonly table: ListenedTable; readonly query: SqlQuery }
  /** It inserts a row, or updates the one that has this key. */
  | { readonly kind: 'upsert'; readonly table: ListenedTable; readonly conflicting: readonly RowKey[] }

/**
 * Reads what a statement writes, from its text. Prisma composes its statements in one way: names quoted, values bound.
 * What is written otherwise is the user's own and passes.
 *
 * @throws BackstoryError `not_recordable` for what would leave no entry, or a wrong one
 */
export function readStatement(query: SqlQuery, findTable: FindTable): StatementPlan {
  const parts = statementForm.exec(query.sql)?.groups
  const table =
    parts === undefined ? undefined : findTable(unquote(parts['schema']), unquote(parts['table']) ?? '')
  if (parts === undefined || table === undefined) return { kind: 'pass' }
  const rest = parts['rest'] ?? ''
  switch (parts['verb']) {
    case 'INSERT INTO':
      return planInsert(query, rest, table)
    case 'UPDATE': {
      const changes = changeForm.exec(rest)?.groups
      refuseChangedKey(changes?.['sets'] ?? '', table)
      return planChange(query, changes?.['where'], table, false)
    }
    default:
      return planChange(query, conditionForm.exec(rest)?.groups?.['where'], table, true)
  }
}

const name = '"(?:[^"]|"")+"'
const statementForm = new RegExp(
  `^(?<verb>INSERT INTO|UPDATE|DELETE FROM) (?:(?<schema>${name})\\.)?(?<table>${name}) (?<rest>[\\s\\S]*)$`,
)
const changeForm = /^SET (?<sets>[\s\S]*?) WHERE (?<where>[\s\S]*?)(?: RETURNING [\s\S]*)?$/
const conditionForm = /^WHERE (?<where>[\s\S]*?)(?: RETURNING [\s\S]*)?$/
const conflictForm =
  /^(?<insert>[\s\S]*?) ON CONFLICT \((?<target>[^)]*)\) DO UPDATE SET (?<sets>[\s\S]*?)(?: WHERE [\s\S]*?)?(?: RETURNING [\s\S]*)?$/
const rowForm = /^\((?<columns>[^)]*)\) VALUES \((?<values>[^()]*)\)$/

function planChange(
  query: SqlQuery,
  where: string | undefined,
  table: ListenedTable,
  isDeleted: boolean,
): StatementPlan {
  // without an order, a second look would find other rows
  if (where === undefined || /\bLIMIT\b/.test(where)) {
    throw cannotRecord('a write of a limited number of rows', table, 'leave limit out')
  }
  const keys = table.key.map((column) => `${keyText(table, column)} AS ${quoteIdentifier(column)}`)
  const lock = `FOR ${isDeleted ? 'UPDATE' : 'NO KEY UPDATE'} OF ${quoteIdentifier(table.name)}`
  const text = `SELECT ${keys.join(', ')} FROM ${qualified(table)} WHERE ${where} ${lock}`
  return { kind: 'change', table, isDeleted, found: withOwnPlaces(text, query) }
}

function planInsert(query: SqlQuery, rest: string, table: ListenedTable): StatementPlan {
  const conflict = conflictForm.exec(rest)?.groups
  if (conflict !== undefined) {
    refuseChangedKey(conflict['sets'] ?? '', table)
    return { kind: 'upsert', table, conflicting: [conflictingKey(query, conflict, table)] }
  }
  const keys = table.key.map((column) => keyText(table, column)).join(', ')
  const sql = `${query.sql}${rest.includes(' RETURNING ') ? ', ' : ' RETURNING '}${keys}`
  return { kind: 'insert', table, query: { ...query, sql } }
}

function conflictingKey(
  query: SqlQuery,
  { insert = '', target = '' }: Readonly<Record<string, string>>,
  table: ListenedTable,
): RowKey {
  const row = rowForm.exec(insert)?.groups
  const columns = splitNames(row?.['columns'] ?? '')
  const values = (row?.['values'] ?? '').split(',').map((place) => valueAt(query, place.trim()))
  return Object.fromEntries(
    splitNames(target).map((column) => {
      const value = values[columns.indexOf(column)]
      if (value === undefined)
        throw cannotRecord('this upsert', table, 'give the fields that it looks for a value')
      return [column, value]
    }),
  )
}

function valueAt({ args }: SqlQuery, place: string): KeyValue | undefined {
  const value = place.startsWith('$') ? args[Number(place.slice(1)) - 1] : undefined
  return isKeyValue(value) ? value : undefined
}

function refuseChangedKey(sets: string, table: ListenedTable): void {
  for (const column of table.key) {
    if (`, ${sets}`.includes(`, ${quoteIdentifier(column)} = `)) {
      throw cannotRecord('a change of the primary key', table, 'create the new row and delete the old one')
    }
  }
}

/** A statement with the values that it uses, numbered anew: part of another statement. */
function withOwnPlaces(text: string, { args, argTypes }: SqlQuery): SqlQuery {
  const places: number[] = []
  const sql = text.replaceAll(/\$(\d+)/g, (_, digits: string) => {
    const place = Number(digits) - 1
    if (!places.includes(place)) places.push(place)
    return `$${places.indexOf(place) + 1}`
  })
  return { sql, args: places.map((place) => args[place]), argTypes: places.map((place) => argTypes[place]) }
}

function qualified({ schema, name: table }: ListenedTable): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`
}

function keyText(table: ListenedTable, column: string): string {
  return writeKeyText(`${qualified(table)}.${quoteIdentifier(column)}`)
}

function splitNames(list: string): readonly string[] {
  return [...list.matchAll(new RegExp(name, 'g'))].map(([quoted]) => unquote(quoted) ?? '')
}

function unquote(quoted: string | undefined): string | undefined {
  return quoted?.slice(1, -1).replaceAll('""', '"')
}
