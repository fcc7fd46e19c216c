import type { JsonObject } from 'backstory'

import { canonicalJson, digestText } from './canonical-json.ts'
import type { Edit } from './edit.ts'

/** An operation as the oracle knows it: what the element was before and what it is after, as digests. */
export interface FoldedOperation {
  readonly action: 'insert' | 'update' | 'delete'
  /** As in the log: `["Monsters","aboleth"]`. */
  readonly elementId: string
  /** null: there was no such element. */
  readonly before: string | null
  /** null: there is no such element any more. */
  readonly after: string | null
  /** The whole document as JSON text, both as it was and as it is: what a log of whole images would store. */
  readonly imageBytes: number
}

/** The world as the lines so far make it, by nothing but the file. */
export interface Fold {
  /** Takes in one more line and returns what its operations come to. */
  readonly add: (edit: Edit) => readonly FoldedOperation[]
}

/** The fold of no lines: an empty world. It is the oracle, so nothing of Backstory is in it. */
export function createFold(): Fold {
  const world = new Map<string, Image>()
  return {
    add: ({ operations }) =>
      operations.map((operation) => {
        const { action, kind, index } = operation
        const elementId = JSON.stringify([kind, index])
        const before = world.get(elementId)
        const after = action === 'delete' ? undefined : createImage({ kind, index, doc: operation.doc })
        if (after === undefined) world.delete(elementId)
        else world.set(elementId, after)
        return {
          action,
          elementId,
          before: before?.digest ?? null,
          after: after?.digest ?? null,
          imageBytes: (before?.bytes ?? 0) + (after?.bytes ?? 0),
        }
      }),
  }
}

/** Whether an operation changes the document. One that does not writes no entry. */
export function isChange({ before, after }: FoldedOperation): boolean {
  return before !== after
}

interface Image {
  readonly digest: string
  readonly bytes: number
}

function createImage(document: JsonObject): Image {
  const text = canonicalJson(document)
  return { digest: digestText(text), bytes: Buffer.byteLength(text) }
}
