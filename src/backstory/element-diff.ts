import type { Entry } from '../core/entry.ts'
import {
  diffDocuments,
  type DocumentChange,
  type DocumentDiffOptions,
} from '../core/document-diff/diff-documents.ts'
import type { JsonObject } from '../core/json.ts'
import type { Time } from './times.ts'

/** Which two states to compare, and how. */
export interface ElementDiffOptions extends DocumentDiffOptions {
  /** A time, or right after an entry. */
  readonly from: Time | Entry
  /** A time, or right after an entry. Default: now. */
  readonly to?: Time | Entry
}

/** What differs between two states of an element; `stateAt` without a moment is the state of now. */
export async function diffStates(
  stateAt: (moment?: Time | Entry) => Promise<JsonObject | null>,
  { from, to, ...options }: ElementDiffOptions,
): Promise<readonly DocumentChange[]> {
  const [before, after] = await Promise.all([stateAt(from), stateAt(to)])
  return diffDocuments(before, after, options)
}
