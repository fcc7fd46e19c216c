import { BackstoryError, type Changes, type Entry, type JsonObject } from 'backstory'

import { digestJson } from './canonical-json.ts'
import type { Worlds } from './worlds.ts'

/** `apply` or `rewind` of Backstory. */
export type Step = (state: JsonObject | null, changes: Changes | null) => JsonObject | null

/**
 * Takes entries, one after another, into states and into the world of the log: by `apply` towards the present, by
 * `rewind` towards the past.
 *
 * @returns what does not fit, in words: changes of an element that is not there
 */
export function takeEntries(
  entries: readonly Entry[],
  step: Step,
  into: { readonly states: Map<string, JsonObject | null>; readonly worlds: Worlds },
): readonly string[] {
  const misfits: string[] = []
  for (const { id, elementId, changes } of entries) {
    try {
      const state = step(into.states.get(elementId) ?? null, changes)
      into.states.set(elementId, state)
      into.worlds.setFound(elementId, state === null ? null : digestJson(state))
    } catch (error) {
      if (!(error instanceof BackstoryError)) throw error
      misfits.push(`entry ${id} of ${elementId}: ${error.message}`)
    }
  }
  return misfits
}
