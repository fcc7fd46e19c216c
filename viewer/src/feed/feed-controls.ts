import { signal, type Signal } from '../shell/signal.ts'

import type { LabelledEntry } from '../model/entry-view.ts'
import type { ElementName } from '../model/view-state.ts'

/** What of a feed is open, what is compared, and what is about to be restored: shared by its entries. */
export interface FeedControls {
  /** The ids of entries and groups that are open. */
  readonly open: Signal<ReadonlySet<string>>
  /** The version that another one is to be compared with. */
  readonly marked: Signal<LabelledEntry | null>
  /** Two versions that are compared, older first. */
  readonly compared: Signal<{ readonly from: LabelledEntry; readonly to: LabelledEntry } | null>
  /** What is about to be restored or undone. */
  readonly restoring: Signal<RestoreIntent | null>
  /** Whose named versions are shown. */
  readonly naming: Signal<NamingIntent | null>
}

/** Whose named versions are shown, and which one is to have a name. */
export interface NamingIntent extends ElementName {
  readonly entry: LabelledEntry | null
}

/** What somebody is about to take back. */
export type RestoreIntent =
  | { readonly kind: 'version'; readonly entry: LabelledEntry }
  | { readonly kind: 'deleted'; readonly entry: LabelledEntry }
  | { readonly kind: 'entries'; readonly entries: readonly LabelledEntry[] }
  | { readonly kind: 'transaction'; readonly entry: LabelledEntry }

/** The controls of one feed. */
export function createFeedControls(): FeedControls {
  return {
    open: signal<ReadonlySet<string>>(new Set()),
    marked: signal<LabelledEntry | null>(null),
    compared: signal(null),
    restoring: signal(null),
    naming: signal(null),
  }
}

/** Opens what is closed and closes what is open. */
export function toggleOpen({ open }: FeedControls, id: string): void {
  const next = new Set(open.value)
  if (!next.delete(id)) next.add(id)
  open.value = next
}

/**
 * Marks a version, or compares it with the one that is marked already, whichever is older on the left. Marking the same
 * one again takes the mark away.
 */
export function markForComparison({ marked, compared }: FeedControls, entry: LabelledEntry): void {
  const other = marked.value
  if (other === null || !isSameElement(other, entry)) {
    marked.value = entry
    return
  }
  marked.value = null
  if (other.id === entry.id) return
  compared.value =
    BigInt(other.id) < BigInt(entry.id) ? { from: other, to: entry } : { from: entry, to: other }
}

/** Whether two entries are of one element. */
function isSameElement(one: LabelledEntry, other: LabelledEntry): boolean {
  return one.elementType === other.elementType && one.elementId === other.elementId
}
