import { BackstoryError } from '../../core/errors.ts'
import type { Entry } from '../../core/entry.ts'
import type { NarrowedBackstory } from '../../backstory/narrowed.ts'
import type { ElementState, StateQuery, UnknownState } from '../../backstory/states.ts'
import type { Answerer, Call } from '../call.ts'
import { chooseType, ndjsonTypes } from '../choose-type.ts'
import type { ResponseOf } from '../contract/routes.ts'
import { ProblemError } from '../problems.ts'
import { hashOf, respondJson, writeJson } from '../respond.ts'
import { gatherLines, streamText } from '../stream-text.ts'
import { readStatesCursor, writeStatesCursor, type StatesPlace } from '../states-cursor.ts'
import { findEntry } from './entries.ts'

/** `GET /type/states` */
export const answerTypeStates: Answerer<'typeStates'> = async (call) => {
  const { elementType, scope, elementId: elementIds, unknown } = call.query
  const moment = await readWholeMoment(call.log, call.query)
  const { at } = call.log.type(elementType)
  const read = (options: Parameters<typeof at>[1]) =>
    unknown === 'mark' ? at(moment, { ...options, unknown }) : at(moment, options)
  // these are answered in the order of their ids, and looked up for a page at a time
  if (elementIds !== undefined && scope === undefined) {
    return respondStates(call, {
      readAll: () => read({ elementIds }),
      readPage: async (place, limit) => {
        const from = typeof place === 'number' ? place : 0
        const states = await read({ elementIds: elementIds.slice(from, from + limit) })
        return { states, next: from + limit < elementIds.length ? from + limit : null }
      },
    })
  }
  return respondStates(
    call,
    inOrder((after) =>
      read({
        after,
        ...(scope === undefined ? {} : { scope }),
        ...(elementIds === undefined ? {} : { elementIds }),
      }),
    ),
  )
}

/** `GET /scope/states` */
export const answerScopeStates: Answerer<'scopeStates'> = async (call) => {
  const { scope, unknown } = call.query
  const moment = await readWholeMoment(call.log, call.query)
  const { at } = call.log.scope(scope)
  return respondStates(
    call,
    inOrder((after) => (unknown === 'mark' ? at(moment, { after, unknown }) : at(moment, { after }))),
  )
}

type AnyState = ElementState | UnknownState

/** Two ways to read the same states. */
interface Reading {
  readonly readAll: () => StateQuery<AnyState>
  readonly readPage: (
    place: StatesPlace | null,
    limit: number,
  ) => Promise<{ readonly states: readonly AnyState[]; readonly next: StatesPlace | null }>
}

function inOrder(read: (after: Exclude<StatesPlace, number> | null) => StateQuery<AnyState>): Reading {
  return {
    readAll: () => read(null),
    readPage: async (place, limit) => {
      const states: AnyState[] = []
      for await (const state of read(typeof place === 'number' ? null : place)) {
        states.push(state)
        if (states.length > limit) break
      }
      return {
        states: states.slice(0, limit),
        next: states.length > limit ? (states[limit - 1] ?? null) : null,
      }
    },
  }
}

// Not even after an entry do they hold for ever: what commits later with a lower id belongs to that moment, too.
async function respondStates(
  { request, query, grant, settings }: Call<'typeStates'> | Call<'scopeStates'>,
  { readAll, readPage }: Reading,
): Promise<Response> {
  const form = chooseType(request.headers.get('accept'), { json: ['application/json'], ndjson: ndjsonTypes })
  const { limit, cursor, ...filter } = query
  if (form === 'ndjson') {
    const lines = gatherLines(readAll(), (state) => `${writeJson(state)}\n`)
    // what cannot be answered is refused before the answer begins
    const first = await lines.next()
    const { report: onFailure, streamMs: lastsMs } = settings
    return new Response(streamText(lines, { first, onFailure, lastsMs }), {
      headers: {
        'content-type': 'application/x-ndjson; charset=utf-8',
        'cache-control': 'no-store',
        vary: 'Accept',
      },
    })
  }
  const filterKey = hashOf(writeJson([filter, grant.sight ?? null]))
  const place = cursor === undefined ? null : readStatesCursor(cursor, filterKey)
  const { states, next } = await readPage(place, limit)
  const body: ResponseOf<'typeStates'> = {
    states,
    nextCursor: next === null ? null : writeStatesCursor(next, filterKey),
  }
  const response = respondJson(request, body)
  response.headers.append('vary', 'Accept')
  return response
}

/** A time, or an entry of whatever element; of a transaction its last entry that is seen. */
async function readWholeMoment(
  log: NarrowedBackstory,
  {
    at,
    entry,
    transactionId,
  }: {
    readonly at?: string | undefined
    readonly entry?: string | undefined
    readonly transactionId?: string | undefined
  },
): Promise<string | Entry> {
  const given = [at, entry, transactionId].filter((one) => one !== undefined)
  if (given.length === 1) {
    if (at !== undefined) return at
    if (entry !== undefined) return findEntry(log, entry)
    if (transactionId !== undefined) return findLastEntry(log, transactionId)
  }
  const message = 'takes one of at, entry and transactionId'
  throw new ProblemError('invalid_request', `A moment ${message}.`, {
    errors: [{ pointer: '?at', code: given.length === 0 ? 'required' : 'exclusive', message }],
  })
}

async function findLastEntry(log: NarrowedBackstory, transactionId: string): Promise<Entry> {
  const { entries } = await log.entries({ transactionId, order: 'newest', limit: 1 })
  const [last] = entries
  if (last !== undefined) return last
  throw new BackstoryError('entry_not_found', `There is no entry of transaction ${transactionId}.`)
}
