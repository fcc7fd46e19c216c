import { actingAs, currentContext, withoutContext } from '../context/context.ts'
import { formatElementId, type ElementId } from '../core/entry.ts'
import { refuseUnknownOptions } from '../core/option-names.ts'
import type { Client } from '../db/client.ts'
import { isRefused } from '../db/lost-connections.ts'
import { recordReads, type Reads } from '../db/reads.ts'

/**
 * One element or several. In a list an array is a composite key; so the one element of a composite key is in a list
 * too: `[['a', 1]]`.
 */
export type ElementIds = string | number | bigint | readonly ElementId[]

/** What is said of a read beside who it was. */
export interface ReadOptions {
  /** Why; becomes the `reason` of the entries' context. */
  readonly reason?: string
}

/**
 * Makes the function that records reads. What is recorded within one turn of the event loop goes to the database in one
 * statement; its promise resolves when that is committed. A call that is refused does not spoil the others.
 *
 * @throws BackstoryError `not_tracked`, `invalid_argument`, `invalid_context`, `context_required`
 */
export function createReads(
  client: () => Client,
): (elementType: string, ids: ElementIds, options?: ReadOptions) => Promise<void> {
  let waiting: Call[] = []
  const send = () => {
    const calls = waiting
    waiting = []
    void settle(client(), calls)
  }
  return async (elementType, ids, options = {}) => {
    const reads = parseReads(elementType, ids, options)
    if (reads.elementIds.length === 0) return
    await new Promise<void>((resolve, reject) => {
      waiting.push({ reads, resolve, reject })
      // not in the name of whoever happens to be first
      if (waiting.length === 1) withoutContext(() => setImmediate(send))
    })
  }
}

interface Call {
  readonly reads: Reads
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

async function settle(client: Client, calls: readonly Call[]): Promise<void> {
  try {
    await recordReads(
      client,
      calls.map(({ reads }) => reads),
    )
    for (const { resolve } of calls) resolve()
  } catch (error) {
    // What was refused is not recorded, so that each may be tried alone. After any other error nobody knows.
    if (calls.length > 1 && isRefused(error)) {
      for (const call of calls) await settle(client, [call])
    } else {
      for (const { reject } of calls) reject(error)
    }
  }
}

function parseReads(elementType: string, ids: ElementIds, options: ReadOptions): Reads {
  refuseUnknownOptions('read', options, ['reason'])
  const { reason } = options
  const list = Array.isArray(ids) ? ids : [ids]
  return {
    elementType,
    elementIds: list.map(formatElementId),
    context: reason === undefined ? currentContext() : actingAs({ reason }, () => currentContext()),
  }
}
