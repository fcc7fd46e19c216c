import { formatElementId, type ElementId } from '../core/entry.ts'
import { BackstoryError } from '../core/errors.ts'
import type { Gap } from '../core/gap.ts'
import {
  readCheckedTables,
  readElementIds,
  readGaps,
  readRowsWithoutEntries,
  type CheckedTable,
} from '../db/check.ts'
import type { Client } from '../db/client.ts'

/** What to check. Nothing named: every table that is or was tracked. */
export interface CheckOptions {
  /** Only elements of this type. A former name of a renamed table does too. */
  readonly elementType?: string
  /** Only this element; with its type. */
  readonly elementId?: ElementId
  /** How many gaps an awaited report holds at most, 1 to 100,000. Default: 1,000. Iteration has no end but the last. */
  readonly limit?: number
}

/** What an awaited check has found. */
export interface CheckReport {
  readonly gaps: readonly Gap[]
  /** Whether everything was looked at: there were no more gaps than the limit. */
  readonly isComplete: boolean
}

/** Awaited it is a report; iterated, every gap as it is found. Nothing is read before either. */
export interface Check extends PromiseLike<CheckReport>, AsyncIterable<Gap> {}

/**
 * Checks that histories are whole. See docs/reference/check.md. Reads every entry and row of what is checked, some
 * hundred elements a statement, and holds no more in memory.
 *
 * @throws BackstoryError `not_tracked`, `invalid_argument`
 */
export function check(client: Client, options: CheckOptions): Check {
  const { elementType, elementId, limit = 1000, ...unknown } = options
  const [stranger] = Object.keys(unknown)
  if (stranger !== undefined) throw invalid(`check() has no option "${stranger}".`)
  if (elementId !== undefined && elementType === undefined) {
    throw invalid('elementId needs elementType: an element is known by both.')
  }
  if (!Number.isInteger(limit) || limit < 1 || limit > 100_000) {
    throw invalid(`limit must be a whole number from 1 to 100,000; it is ${limit}.`)
  }
  const gaps = () => findGaps(client, elementType, elementId)
  return {
    // oxlint-disable-next-line unicorn/no-thenable -- awaiting a check collects its gaps
    then: (onReport, onError) => collect(gaps(), limit).then(onReport, onError),
    [Symbol.asyncIterator]: gaps,
  }
}

async function collect(found: AsyncIterable<Gap>, limit: number): Promise<CheckReport> {
  const gaps: Gap[] = []
  for await (const gap of found) {
    if (gaps.length === limit) return { gaps, isComplete: false }
    gaps.push(gap)
  }
  return { gaps, isComplete: true }
}

async function* findGaps(
  client: Client,
  elementType: string | undefined,
  elementId: ElementId | undefined,
): AsyncGenerator<Gap, void, undefined> {
  const tables = await readCheckedTables(client, elementType ?? null)
  if (elementType !== undefined && tables.length === 0) {
    throw new BackstoryError(
      'not_tracked',
      `Table ${elementType} was never tracked: there is no history to check.`,
      { details: { elementType } },
    )
  }
  for (const table of tables) {
    if (elementId === undefined) {
      yield* gapsOfPages(client, table, readElementIds)
      yield* gapsOfPages(client, table, readRowsWithoutEntries)
    } else {
      yield* await readGaps(client, table, [formatElementId(elementId)])
    }
  }
}

async function* gapsOfPages(
  client: Client,
  table: CheckedTable,
  readIds: typeof readElementIds,
): AsyncGenerator<Gap, void, undefined> {
  let afterId: string | undefined = ''
  while (afterId !== undefined) {
    const ids: readonly string[] = await readIds(client, table, afterId, pageSize)
    if (ids.length > 0) yield* await readGaps(client, table, ids)
    afterId = ids.length < pageSize ? undefined : ids.at(-1)
  }
}

const pageSize = 500

function invalid(message: string): BackstoryError {
  return new BackstoryError('invalid_argument', message)
}
