import {
  diffDocuments,
  type DocumentChange,
  type DocumentDiffOptions,
} from '../core/document-diff/diff-documents.ts'
import { BackstoryError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import { refuseUnknownOptions } from '../core/option-names.ts'
import type { Moment } from './moment.ts'

/** Which two states to compare, and how. */
export interface ElementDiffOptions extends DocumentDiffOptions {
  readonly from: Moment
  /** Default: now. */
  readonly to?: Moment
}

/** What differs between two states of an element; `stateAt` without a moment is the state of now. */
export async function diffStates(
  stateAt: (moment?: Moment) => Promise<JsonObject | null>,
  wanted: ElementDiffOptions,
): Promise<readonly DocumentChange[]> {
  refuseUnknownOptions('diff', wanted, ['from', 'to', 'identityKeys'])
  const { from, to, ...options } = wanted
  if (from === undefined)
    throw new BackstoryError('invalid_argument', 'diff needs { from }: a time or an entry.')
  const [before, after] = await Promise.all([stateAt(from), stateAt(to)])
  return diffDocuments(before, after, options)
}
