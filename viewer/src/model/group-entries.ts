import { actorOf, type LabelledEntry } from './entry-view.ts'

/**
 * Entries that people see as one thing: a transaction over several elements, an edit session (one actor, one element,
 * minutes apart), or a single entry. Newest entry first.
 */
export interface EntryGroup {
  readonly kind: 'single' | 'session' | 'transaction'
  readonly entries: readonly [LabelledEntry, ...LabelledEntry[]]
  /** It goes on with the last group of the page before. */
  readonly isContinued: boolean
}

/** The groups of one day, newest first. */
export interface EntryDay {
  /** `2026-01-31` in the reader's time zone. */
  readonly day: string
  readonly groups: readonly EntryGroup[]
  /** The page before ended on this day, under whose heading these go on. */
  readonly isContinued: boolean
}

/** How entries are grouped. */
export interface GroupOptions {
  /** Every entry by itself. */
  readonly isRaw: boolean
  /** The longest pause within an edit session, in minutes. */
  readonly sessionMinutes: number
  /** The day of a timestamp in the reader's time zone. */
  readonly dayOf: (timestamp: string) => string
  /** The last entry of the page before. */
  readonly previous: LabelledEntry | null
}

/** Groups a page of entries, newest first, by day and within it by transaction and edit session. A view: none is lost. */
export function groupEntries(entries: readonly LabelledEntry[], options: GroupOptions): readonly EntryDay[] {
  const days = Map.groupBy(entries, ({ timestamp }) => options.dayOf(timestamp))
  const { previous } = options
  return [...days].map(([day, ofDay], index) => ({
    day,
    groups: groupDay(ofDay, options, index === 0 ? previous : null),
    isContinued: index === 0 && previous !== null && options.dayOf(previous.timestamp) === day,
  }))
}

function groupDay(
  entries: readonly LabelledEntry[],
  { isRaw, sessionMinutes }: GroupOptions,
  previous: LabelledEntry | null,
): readonly EntryGroup[] {
  if (isRaw) return entries.map((entry) => ({ kind: 'single', entries: [entry], isContinued: false }))
  const elementsOf = countElements(entries)
  const groups: { key: string; isTransaction: boolean; entries: [LabelledEntry, ...LabelledEntry[]] }[] = []
  const open = new Map<string, (typeof groups)[number]>()
  for (const entry of entries) {
    const isTransaction = (elementsOf.get(entry.transactionId)?.size ?? 0) > 1
    const key = isTransaction ? `transaction ${entry.transactionId}` : sessionKey(entry)
    const group = open.get(key)
    const last = group?.entries.at(-1)
    if (
      group !== undefined &&
      last !== undefined &&
      (isTransaction || isSoonAfter(entry, last, sessionMinutes))
    ) {
      group.entries.push(entry)
      continue
    }
    const opened = {
      key,
      isTransaction,
      entries: [entry] satisfies [LabelledEntry] as [LabelledEntry, ...LabelledEntry[]],
    }
    open.set(key, opened)
    groups.push(opened)
  }
  return groups.map((group, index) => ({
    kind: group.entries.length === 1 ? 'single' : group.isTransaction ? 'transaction' : 'session',
    entries: group.entries,
    isContinued: index === 0 && previous !== null && goesOn(group.entries[0], previous, sessionMinutes),
  }))
}

function goesOn(entry: LabelledEntry, previous: LabelledEntry, sessionMinutes: number): boolean {
  if (entry.transactionId === previous.transactionId) return true
  return sessionKey(entry) === sessionKey(previous) && isSoonAfter(entry, previous, sessionMinutes)
}

function countElements(entries: readonly LabelledEntry[]): ReadonlyMap<string, ReadonlySet<string>> {
  const elements = new Map<string, Set<string>>()
  for (const { transactionId, elementType, elementId } of entries) {
    const known = elements.get(transactionId) ?? new Set()
    elements.set(transactionId, known.add(JSON.stringify([elementType, elementId])))
  }
  return elements
}

function sessionKey(entry: LabelledEntry): string {
  const { userId, kind, onBehalfOf } = actorOf(entry)
  return JSON.stringify([userId, kind, onBehalfOf, entry.elementType, entry.elementId])
}

function isSoonAfter(older: LabelledEntry, newer: LabelledEntry, minutes: number): boolean {
  return Date.parse(newer.timestamp) - Date.parse(older.timestamp) <= minutes * 60_000
}
