import { parseJson, type JsonObject, type JsonValue } from 'backstory'

import { ExplainedError } from '../explained-error.ts'
import { isJsonObject } from '../json-object.ts'

/** One line of the file: what an author changed at once. */
export interface Edit {
  /** Of the line, from 1. */
  readonly line: number
  readonly commit: string
  readonly author: string
  readonly timestamp: string
  readonly operations: readonly Operation[]
}

/** What happened to one document, known by its kind and index. `doc` is the whole of it, afterwards. */
export type Operation =
  | {
      readonly action: 'insert' | 'update'
      readonly kind: string
      readonly index: string
      readonly doc: JsonObject
    }
  | { readonly action: 'delete'; readonly kind: string; readonly index: string }

/**
 * Reads one line: `{"commit":"…","author":"…","timestamp":"…","ops":[{"action":"insert","kind":"…","index":"…","doc":{…}}]}`.
 *
 * @throws ExplainedError naming the line and what is wrong with it
 */
export function parseEdit(text: string, line: number): Edit {
  const edit = parseLine(text, line)
  const operations = edit['ops']
  if (!Array.isArray(operations)) throw malformed(line, '"ops" must be an array')
  return {
    line,
    commit: readText(edit, 'commit', line, ''),
    author: readText(edit, 'author', line, ''),
    timestamp: readText(edit, 'timestamp', line, ''),
    operations: operations.map((operation: JsonValue, place) =>
      parseOperation(operation, line, `ops[${place}]`),
    ),
  }
}

function parseLine(text: string, line: number): JsonObject {
  let value: JsonValue
  try {
    value = parseJson(text)
  } catch (error) {
    throw malformed(line, 'it is not JSON', error)
  }
  if (!isJsonObject(value)) throw malformed(line, 'it is not an object')
  return value
}

function parseOperation(operation: JsonValue, line: number, place: string): Operation {
  if (!isJsonObject(operation)) throw malformed(line, `${place} must be an object`)
  const kind = readText(operation, 'kind', line, `${place}.`)
  const index = readText(operation, 'index', line, `${place}.`)
  const { action, doc } = operation
  if (action === 'delete') return { action, kind, index }
  if (action !== 'insert' && action !== 'update') {
    throw malformed(line, `${place}.action must be insert, update or delete`)
  }
  if (!isJsonObject(doc)) throw malformed(line, `${place}.doc must be an object`)
  return { action, kind, index, doc }
}

function readText(object: JsonObject, key: string, line: number, place: string): string {
  const value = object[key]
  if (typeof value === 'string' && value !== '') return value
  throw malformed(line, `${place}${key} must be a text that is not empty`)
}

function malformed(line: number, reason: string, cause?: unknown): ExplainedError {
  return new ExplainedError(`Line ${line} is not an edit: ${reason}.`, { cause })
}
