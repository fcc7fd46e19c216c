import { canonicalJson, digestText } from '../../examples/replay/canonical-json.ts'
import type { Edit } from '../../examples/replay/edit.ts'
import { isJsonObject } from '../../examples/json-object.ts'
import type { JsonObject, JsonValue } from '../../src/index.ts'

/** What the lines of an edit history so far come to, by nothing but the file. */
export interface FileOracle {
  /** Takes in one more line. */
  readonly add: (edit: Edit) => void
  /** The line that last set each leaf of an element that is there, by JSON Pointer. */
  readonly blameOf: (elementId: string) => ReadonlyMap<string, number>
  readonly elementIds: () => readonly string[]
  /** The digest of every element after a line of those that were asked for, by its id. */
  readonly worldAfter: (line: number) => ReadonlyMap<string, string>
}

/** A row as the file has it, and its canonical text. */
export interface OracleDocument {
  readonly image: JsonObject
  readonly text: string
}

interface OracleElement {
  readonly document: OracleDocument
  readonly digest: string
  readonly leaves: ReadonlyMap<string, Leaf>
}

interface Leaf {
  readonly text: string
  readonly line: number
}

/**
 * The oracle of an edit history. Blame is found as a person would: by comparing the leaves of the documents before and
 * after, whatever the log says of it.
 *
 * @param keeps the lines after which the whole world is kept
 * @param onUpdate is handed each document before and after
 */
export function createFileOracle(
  keeps: (line: number) => boolean,
  onUpdate: (before: OracleDocument, after: OracleDocument) => void,
): FileOracle {
  const elements = new Map<string, OracleElement>()
  const worlds = new Map<number, ReadonlyMap<string, string>>()
  return {
    add: ({ line, operations }) => {
      for (const operation of operations) {
        const { kind, index } = operation
        const elementId = JSON.stringify([kind, index])
        const before = elements.get(elementId)
        if (operation.action === 'delete') {
          elements.delete(elementId)
          continue
        }
        const image = { kind, index, doc: operation.doc }
        const document = { image, text: canonicalJson(image) }
        if (before !== undefined) onUpdate(before.document, document)
        elements.set(elementId, {
          document,
          digest: digestText(document.text),
          leaves: new Map(
            [...leavesOf(image, '')].map(([path, text]) => {
              const known = before?.leaves.get(path)
              return [path, known?.text === text ? known : { text, line }]
            }),
          ),
        })
      }
      if (keeps(line)) worlds.set(line, new Map([...elements].map(([id, { digest }]) => [id, digest])))
    },
    blameOf: (elementId) =>
      new Map([...(elements.get(elementId)?.leaves ?? [])].map(([path, leaf]) => [path, leaf.line])),
    elementIds: () => [...elements.keys()],
    worldAfter: (line) => worlds.get(line) ?? new Map<string, string>(),
  }
}

function* leavesOf(value: JsonValue, path: string): Generator<[string, string]> {
  if (!isJsonObject(value) || (path !== '' && Object.keys(value).length === 0)) {
    yield [path, canonicalJson(value)]
    return
  }
  for (const [key, member] of Object.entries(value)) {
    yield* leavesOf(member, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
  }
}
