import type { Entry } from '../entry.ts'
import { getJsonKey, isSameJson, type JsonObject } from '../json.ts'
import { sideOf } from './rewind-element.ts'
import { keyText, type Referrer, type UndoTable } from './table.ts'

/** An entry, and its table. */
export interface PlacedEntry {
  readonly entry: Entry
  readonly table: UndoTable
}

/**
 * What a deletion took along: the entries of rows that a foreign key deleted with it or took the reference from, and
 * what those took along in turn. Of `others`, the later entries of its transaction.
 */
export function findCascaded(deletion: PlacedEntry, others: readonly PlacedEntry[]): readonly PlacedEntry[] {
  const byTable = Map.groupBy(others, ({ table }) => table.id)
  const found = new Set<PlacedEntry>()
  const waiting = [deletion]
  for (let gone = waiting.pop(); gone !== undefined; gone = waiting.pop()) {
    const parent = sideOf(gone.table, gone.entry, 'before') ?? {}
    for (const referrer of gone.table.referencedBy) {
      for (const candidate of byTable.get(referrer.table ?? '') ?? []) {
        if (found.has(candidate) || !isEffect(candidate, referrer, parent)) continue
        found.add(candidate)
        if (candidate.entry.action === 'delete') waiting.push(candidate)
      }
    }
  }
  return others.filter((other) => found.has(other))
}

function isEffect({ entry, table }: PlacedEntry, referrer: Referrer, parent: JsonObject): boolean {
  const before = sideOf(table, entry, 'before') ?? {}
  if (entry.action === 'delete') {
    const key = keyText(parent, referrer.referenced)
    return referrer.onDelete === 'cascade' && key !== null && keyText(before, referrer.columns) === key
  }
  if (entry.action !== 'update' || !referrer.onDelete.startsWith('set')) return false
  const changed = referrer.columns.filter((column) => Object.hasOwn(before, column))
  return (
    changed.length > 0 &&
    changed.every((column) => {
      const old = getJsonKey(before, column)
      const key = getJsonKey(parent, referrer.referenced[referrer.columns.indexOf(column)] ?? '')
      return old !== undefined && key !== undefined && isSameJson(old, key)
    })
  )
}
