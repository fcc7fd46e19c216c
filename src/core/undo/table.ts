import { getJsonKey, type JsonObject } from '../json.ts'

/** A table as undoing sees it, by the names of today. */
export interface UndoTable {
  /** Stable where the name is not. */
  readonly id: string
  readonly elementType: string
  readonly schema: string
  readonly name: string
  readonly isPartitioned: boolean
  /** Whether it has no trigger, so that undoing has to record what it writes. */
  readonly isListened: boolean
  readonly key: readonly UndoKey[]
  readonly columns: ReadonlyMap<string, UndoColumn>
  /** What happened to its columns' names, oldest first. */
  readonly renames: readonly Rename[]
  readonly references: readonly Reference[]
  readonly referencedBy: readonly Referrer[]
}

/** A column of the key; `isLiteral` unless its JSON is an array or an object. */
export interface UndoKey {
  readonly name: string
  readonly type: string
  readonly isLiteral: boolean
}

/** What may be written to a column. */
export interface UndoColumn {
  readonly name: string
  /** Why it is not written; undefined: it is. */
  readonly withheld?: 'redacted' | 'ignored' | 'generated'
  readonly isNullable: boolean
  /** Not null, and nothing else gives it a value. */
  readonly isRequired: boolean
  /** `json` or `jsonb`, where the JSON null is the only null that the column can hold. */
  readonly jsonNull?: string
}

/** After the entry `id` the column `from` was called `to`, or was dropped. */
export interface Rename {
  readonly id: bigint
  readonly from: string
  readonly to: string | null
}

/** A foreign key to a tracked table. */
export interface Reference {
  readonly table: string
  readonly columns: readonly string[]
  readonly referenced: readonly string[]
  readonly isDeferrable: boolean
}

/** A foreign key from another table, or from the same. */
export interface Referrer {
  /** Null: that table is not tracked. */
  readonly table: string | null
  readonly schema: string
  readonly name: string
  readonly isPartitioned: boolean
  readonly elementType: string
  readonly key: readonly string[]
  readonly columns: readonly string[]
  readonly referenced: readonly string[]
  readonly onDelete: 'cascade' | 'set null' | 'set default' | 'refuse'
}

/** What a column of an entry is called today; null when it was dropped since. */
export function columnToday(table: UndoTable, column: string, entryId: string): string | null {
  let name = column
  for (const rename of table.renames) {
    if (rename.id <= BigInt(entryId) || rename.from !== name) continue
    if (rename.to === null) return null
    name = rename.to
  }
  return name
}

/** One side of an entry's changes in the columns of today; what was dropped since is left out. */
export function documentToday(table: UndoTable, document: JsonObject, entryId: string): JsonObject {
  if (table.renames.length === 0) return document
  return Object.fromEntries(
    Object.entries(document).flatMap(([column, value]) => {
      const today = columnToday(table, column, entryId)
      return today === null ? [] : [[today, value] as const]
    }),
  )
}

/** The values of some columns as one text, to compare keys by; null where one of them is null. */
export function keyText(image: JsonObject, columns: readonly string[]): string | null {
  const values = columns.map((column) => getJsonKey(image, column) ?? null)
  return values.includes(null) ? null : JSON.stringify(values)
}
