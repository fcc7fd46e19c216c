import { parseJson, formatJson, type JsonObject } from 'backstory'

import { isJsonObject } from '../../examples/json-object.ts'
import type { Operation } from '../../examples/replay/edit.ts'
import { readHappenings, drawHappenings } from './operations.ts'

/** A document before and after an update: as Backstory parses it, and as JavaScript does. */
export interface DocumentPair {
  readonly before: JsonObject
  readonly after: JsonObject
  readonly plainBefore: Record<string, unknown>
  readonly plainAfter: Record<string, unknown>
}

/** All updates of a history, in their order: of the file, or of one that is drawn by a rule where there is none. */
export async function readDocumentPairs(file: string | undefined): Promise<readonly DocumentPair[]> {
  const documents = new Map<string, string>()
  const pairs: DocumentPair[] = []
  const take = (operation: Operation) => {
    const key = JSON.stringify([operation.kind, operation.index])
    if (operation.action === 'delete') {
      documents.delete(key)
      return
    }
    const text = formatJson(operation.doc)
    const previous = documents.get(key)
    documents.set(key, text)
    if (operation.action === 'update' && previous !== undefined) pairs.push(createPair(previous, text))
  }
  if (file === undefined) for (const { operation } of drawHappenings()) take(operation)
  else for await (const { operation } of readHappenings(file)) take(operation)
  return pairs
}

// each from its own text, so that no two documents share a value by reference
function createPair(before: string, after: string): DocumentPair {
  return {
    before: parseObject(before),
    after: parseObject(after),
    plainBefore: parsePlainly(before),
    plainAfter: parsePlainly(after),
  }
}

function parseObject(text: string): JsonObject {
  const value = parseJson(text)
  if (isJsonObject(value)) return value
  throw new TypeError('A document is an object.')
}

function parsePlainly(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text)
  if (isRecord(value)) return value
  throw new TypeError('A document is an object.')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
