import { isDeepStrictEqual } from 'node:util'

import { diffDocuments, formatJson, toJsonPatch } from 'backstory'
import { applyChangeset, diff as diffByJsonDiffTs } from 'json-diff-ts'
import { create } from 'jsondiffpatch'
import microdiff from 'microdiff'
import { applyPatch, createPatch, type Patch } from 'rfc6902'

import { readDocumentPairs, type DocumentPair } from '../history/document-pairs.ts'
import { runRounds, withFacts } from '../rounds.ts'
import type { Scenario } from '../scenario.ts'

/** A library that compares two documents. */
interface Differ {
  readonly name: string
  readonly diff: (pair: DocumentPair) => unknown
  /** The document after, made of the one before and the difference; undefined where the library cannot. */
  readonly reproduce?: (pair: DocumentPair) => unknown
}

const identityKeys = ['id', 'key', 'name'] as const
const identityOf = (item: object, index?: number): string => {
  const members = new Map(Object.entries(item))
  const key = identityKeys.find((candidate) => members.has(candidate))
  return key === undefined ? `#${index}` : JSON.stringify(members.get(key))
}
const jsonDiffPatch = create({ objectHash: identityOf })

const differs: readonly Differ[] = [
  { name: 'diffDocuments', diff: ({ before, after }) => diffDocuments(before, after) },
  {
    name: 'toJsonPatch',
    diff: ({ before, after }) => toJsonPatch(before, after),
    reproduce: (pair) => {
      const document = structuredClone(pair.plainBefore)
      applyPatch(document, toPlainPatch(pair))
      return document
    },
  },
  { name: 'microdiff', diff: ({ plainBefore, plainAfter }) => microdiff(plainBefore, plainAfter) },
  {
    name: 'jsondiffpatch',
    diff: ({ plainBefore, plainAfter }) => jsonDiffPatch.diff(plainBefore, plainAfter),
    reproduce: ({ plainBefore, plainAfter }) =>
      jsonDiffPatch.patch(structuredClone(plainBefore), jsonDiffPatch.diff(plainBefore, plainAfter)),
  },
  {
    name: 'json-diff-ts',
    diff: ({ plainBefore, plainAfter }) => diffByJsonDiffTs(plainBefore, plainAfter),
    reproduce: ({ plainBefore, plainAfter }) =>
      applyChangeset(structuredClone(plainBefore), diffByJsonDiffTs(plainBefore, plainAfter)),
  },
  {
    name: 'rfc6902',
    diff: ({ plainBefore, plainAfter }) => createPatch(plainBefore, plainAfter),
    reproduce: ({ plainBefore, plainAfter }) => {
      const document = structuredClone(plainBefore)
      applyPatch(document, createPatch(plainBefore, plainAfter))
      return document
    },
  },
]

/** The difference of two documents in TypeScript, beside four libraries that people know. No database is involved. */
export const documentDiff: Scenario = {
  name: 'document-diff',
  run: async function* ({ rounds, historyFile }) {
    const pairs = await readDocumentPairs(historyFile)
    const results = await runRounds(
      differs.map(({ name, diff }) => ({
        name,
        run: async () => {
          const start = performance.now()
          for (const pair of pairs) diff(pair)
          return ((performance.now() - start) * 1000) / pairs.length
        },
      })),
      rounds,
    )
    const rivals = results.filter(({ name }) => name !== 'diffDocuments' && name !== 'toJsonPatch')
    const measured = Math.min(...rivals.map(({ ratio }) => ratio))
    yield {
      title: `The difference of two documents (${pairs.length.toLocaleString('en')} updates)`,
      unit: 'µs a pair',
      results: withFacts(results, ({ name }) => ({ 'applies back': countReproduced(pairs, name) })),
      goals: [
        {
          text: 'diffDocuments at least as fast as the fastest of the four (whose ratio is at least 1)',
          measured,
          reached: measured >= 1,
        },
      ],
      notes: [
        'applies back: of so many pairs the difference, applied to the document before, gives the one after',
        'diffDocuments and toJsonPatch are given documents with numbers as PostgreSQL wrote them, the others those of JSON.parse',
        `jsondiffpatch finds items of arrays by ${identityKeys.join(', ')}, as diffDocuments does; microdiff, json-diff-ts and rfc6902 by position`,
      ],
    }
  },
}

function countReproduced(pairs: readonly DocumentPair[], name: string): string {
  const reproduce = differs.find((differ) => differ.name === name)?.reproduce
  if (reproduce === undefined) return ''
  let same = 0
  for (const pair of pairs) {
    if (isReproduced(reproduce, pair)) same += 1
  }
  return same.toLocaleString('en')
}

function isReproduced(reproduce: (pair: DocumentPair) => unknown, pair: DocumentPair): boolean {
  try {
    return isDeepStrictEqual(reproduce(pair), pair.plainAfter)
  } catch {
    // a patch that cannot be applied
    return false
  }
}

// its values are numbers as PostgreSQL wrote them; rfc6902 knows those of JavaScript
function toPlainPatch({ before, after }: DocumentPair): Patch {
  return JSON.parse(formatJson(toJsonPatch(before, after)))
}
