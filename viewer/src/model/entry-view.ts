import type { Entry } from '../../../src/core/entry.ts'
import { formatJson, getJsonKey, isJsonArray, parseJson, type JsonValue } from '../../../src/core/json.ts'

import type { ToldChanges } from './changed-fields.ts'

/** An entry as the API gives it to people: with the name by which they know the element. */
export interface LabelledEntry extends Omit<Entry, 'changes'> {
  readonly changes: ToldChanges | null
  /** The columns that changed, in order; also where the values are not told. */
  readonly fields: readonly string[]
  /** What the element was called right after the entry (a deleted one: before); null where no column is its label. */
  readonly label: string | null
}

/** The kinds of actors; `user` where an entry does not say. */
export type ActorKind = 'user' | 'system' | 'agent' | 'api'

/** Who did it, as far as an entry says. */
export interface Actor {
  /** Null: nobody was named. */
  readonly userId: string | null
  readonly kind: ActorKind
  /** For whom an agent acted. */
  readonly onBehalfOf: string | null
}

/** Who made an entry. */
export function actorOf({ userId, context }: Pick<Entry, 'userId' | 'context'>): Actor {
  const kind = contextText({ context }, 'actorKind')
  return {
    userId,
    kind: kind === 'system' || kind === 'agent' || kind === 'api' ? kind : 'user',
    onBehalfOf: contextText({ context }, 'onBehalfOf'),
  }
}

/** A text of the context, such as `reason`; null where it has none of that name. */
export function contextText({ context }: Pick<Entry, 'context'>, key: string): string | null {
  const value = context === null ? undefined : getJsonKey(context, key)
  return typeof value === 'string' && value !== '' ? value : null
}

/** The ids of the entries that an entry took back; empty for any other. */
export function undoesOf({ context }: Pick<Entry, 'context'>): readonly string[] {
  const undoes: JsonValue = (context === null ? undefined : getJsonKey(context, 'undoes')) ?? []
  return isJsonArray(undoes) ? undoes.filter((id) => typeof id === 'string') : []
}

/** What to call an element where it has no label: `world_elements 9b2f…`. */
export function nameOf(entry: Pick<LabelledEntry, 'label' | 'elementType' | 'elementId'>): string {
  if (entry.label !== null && entry.label.trim() !== '') return entry.label
  return `${nameType(entry.elementType)} ${shortenId(entry.elementId)}`
}

/** What an action did, in a word. */
export const actionNames: Readonly<Record<string, string>> = {
  insert: 'created',
  update: 'changed',
  delete: 'deleted',
  read: 'looked at',
  snapshot: 'recorded',
  erase: 'erased',
}

/** A table's name for people: `world_elements` is `world element`. */
export function nameType(elementType: string): string {
  const table = elementType.slice(elementType.lastIndexOf('.') + 1).replaceAll('"', '')
  const words = table.replaceAll('_', ' ')
  return /[^s]s$/.test(words) ? words.replace(/ies$/, 'y').replace(/s$/, '') : words
}

/** The beginning of a UUID, as people quote it; the parts of a composite key one by one; anything else whole. */
export function shortenId(id: string): string {
  if (/^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(id)) return `${id.slice(0, 8)}…`
  const parts = id.startsWith('[') ? keyParts(id) : null
  return parts === null
    ? id
    : parts.map((part) => shortenId(typeof part === 'string' ? part : formatJson(part))).join(' · ')
}

function keyParts(id: string): readonly JsonValue[] | null {
  try {
    const parts = parseJson(id)
    return isJsonArray(parts) ? parts : null
  } catch {
    // a text that only begins like a composite key
    return null
  }
}
