import { BackstoryError } from './errors.ts'
import { isJsonArray, isJsonObject, parseJson, type JsonObject, type JsonValue } from './json.ts'

/** Every action that an entry can record, in the order in which people think of them. */
export const actions = ['insert', 'update', 'delete', 'read', 'snapshot', 'erase'] as const

/** What an entry records: something done to an element, or the log's own `snapshot` and `erase`. */
export type Action = (typeof actions)[number]

/** The action of that name. @throws BackstoryError `invalid_argument`: there is none. */
export function parseAction(name: unknown): Action {
  const action = actions.find((known) => known === name)
  if (action !== undefined) return action
  throw new BackstoryError(
    'invalid_argument',
    `There is no action "${String(name)}". There are ${actions.join(', ')}.`,
  )
}

/**
 * The difference between two states of an element, invertible: `before` holds what went, `after` what came, both
 * pruned to what changed. Without `before` the element came into being, without `after` it went.
 * The specification is docs/reference/changes.md.
 *
 * @example
 * { before: { name: 'Ged', attributes: { hp: 10 } }, after: { name: 'Sparrowhawk', attributes: { hp: 12 } } }
 */
export interface Changes {
  readonly before?: JsonObject
  readonly after?: JsonObject
  /** Columns that changed and whose values are withheld. They are in neither `before` nor `after`. */
  readonly redacted?: readonly string[]
}

/**
 * Reads the text of the column `audit_logs.changes`.
 *
 * @throws BackstoryError `invalid_argument`: the text is not JSON, or no changes.
 */
export function parseChanges(text: string): Changes {
  const value = parseJson(text)
  if (!isJsonObject(value)) throw notChanges('it is not an object')
  const { before, after, redacted } = value
  if (before !== undefined && !isJsonObject(before)) throw notChanges('its `before` is not an object')
  if (after !== undefined && !isJsonObject(after)) throw notChanges('its `after` is not an object')
  if (redacted !== undefined && !isListOfNames(redacted)) {
    throw notChanges('its `redacted` is not an array of column names')
  }
  return {
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    ...(redacted === undefined ? {} : { redacted }),
  }
}

function isListOfNames(value: JsonValue): value is readonly string[] {
  return isJsonArray(value) && value.every((name) => typeof name === 'string')
}

function notChanges(reason: string): BackstoryError {
  return new BackstoryError(
    'invalid_argument',
    `This JSON is no changes: ${reason}. Pass the text of a column \`changes\` of the log.`,
  )
}
