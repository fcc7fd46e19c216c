import {
  getJsonKey,
  isJsonArray,
  isJsonNumber,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '../json.ts'
import { alignSequences, longestIncreasing, pairUnique, type Alignment } from './align.ts'

/** How the items of an array before belong to those after. */
export interface ItemAlignment {
  /** Items that belong together, by index before; they may have moved, and may have changed inside. */
  readonly pairs: Alignment
  /** The indexes after of the pairs that have left the order of the others. */
  readonly moved: ReadonlySet<number>
}

/**
 * Finds out which item of an array became which. Where every item on both sides is an object with a key of its own
 * under one of `identityKeys`, that says it; elsewhere equal items are anchors (a longest common subsequence), an equal
 * item that went in one place and came in another has moved, and what lies between two anchors is paired in its order.
 */
export function alignItems(
  before: readonly JsonValue[],
  after: readonly JsonValue[],
  identityKeys: readonly string[],
): ItemAlignment {
  const identities = identityKeys
    .map((key) => [readIdentities(before, key), readIdentities(after, key)] as const)
    .find(([old, next]) => old !== undefined && next !== undefined)
  if (identities?.[0] !== undefined && identities[1] !== undefined) {
    const pairs = pairUnique(identities[0], identities[1])
    return { pairs, moved: findMoved(pairs, longestIncreasing(pairs)) }
  }
  const [old, next] = [before.map(canonicalText), after.map(canonicalText)]
  const anchors = alignSequences(old, next)
  const moves = pairMoved(old, next, anchors)
  const taken = [...anchors, ...moves]
  const pairs = [...taken, ...pairBetween(before, after, anchors, taken)].toSorted(([a], [b]) => a - b)
  return { pairs, moved: new Set(moves.map(([, to]) => to)) }
}

function readIdentities(items: readonly JsonValue[], key: string): readonly string[] | undefined {
  const identities: string[] = []
  for (const item of items) {
    const identity = isJsonObject(item) ? getJsonKey(item, key) : undefined
    if (typeof identity !== 'string' && typeof identity !== 'number') return undefined
    identities.push(JSON.stringify(identity))
  }
  return new Set(identities).size === identities.length ? identities : undefined
}

function findMoved(pairs: Alignment, kept: Alignment): ReadonlySet<number> {
  const moved = new Set(pairs.map(([, to]) => to))
  for (const [, to] of kept) moved.delete(to)
  return moved
}

function pairMoved(old: readonly string[], next: readonly string[], anchors: Alignment): Alignment {
  const gone = new Map<string, number[]>()
  const [usedBefore, usedAfter] = [
    new Set(anchors.map(([from]) => from)),
    new Set(anchors.map(([, to]) => to)),
  ]
  for (const [from, text] of old.entries()) {
    if (!usedBefore.has(from)) gone.set(text, [...(gone.get(text) ?? []), from])
  }
  return [...next.entries()].flatMap(([to, text]) => {
    const from = usedAfter.has(to) ? undefined : gone.get(text)?.shift()
    return from === undefined ? [] : [[from, to] as const]
  })
}

function pairBetween(
  before: readonly JsonValue[],
  after: readonly JsonValue[],
  anchors: Alignment,
  taken: Alignment,
): Alignment {
  const [usedBefore, usedAfter] = [new Set(taken.map(([from]) => from)), new Set(taken.map(([, to]) => to))]
  const pairs: (readonly [number, number])[] = []
  let [from, to] = [0, 0]
  for (const [endBefore, endAfter] of [...anchors, [before.length, after.length] as const]) {
    for (;;) {
      while (from < endBefore && usedBefore.has(from)) from++
      while (to < endAfter && usedAfter.has(to)) to++
      if (from >= endBefore || to >= endAfter) break
      pairs.push([from++, to++])
    }
    ;[from, to] = [endBefore, endAfter]
  }
  return pairs
}

function canonicalText(value: JsonValue): string {
  if (isJsonArray(value)) return `[${value.map(canonicalText).join(',')}]`
  if (isJsonNumber(value)) return value.rawJSON
  if (isJsonObject(value)) return `{${canonicalMembers(value).join(',')}}`
  return JSON.stringify(value)
}

function canonicalMembers(object: JsonObject): readonly string[] {
  return Object.keys(object)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${canonicalText(getJsonKey(object, key) ?? null)}`)
}
