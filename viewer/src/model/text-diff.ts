import { findCommonRuns, type CommonRun } from './common-runs.ts'

/** A part of a text that both have, that went, or that came. */
export interface TextChange {
  readonly kind: 'same' | 'removed' | 'added'
  readonly text: string
}

/** What changed in a text, at the finest grain that could be had in time. */
export interface TextDiff {
  readonly grain: 'words' | 'sentences' | 'paragraphs' | 'whole'
  readonly changes: readonly TextChange[]
}

/** How long comparing may take. */
export interface TextDiffOptions {
  /** For each grain that is tried, in milliseconds. */
  readonly timeoutMs: number
  /** BCP 47: whose words and sentences. */
  readonly locale?: string | undefined
}

/**
 * What changed from one text to another for people: word by word, and where that takes too long by sentences, then by
 * paragraphs, and at last as a whole. Whatever the grain, the parts that are not `added` make up the text before, those
 * that are not `removed` the text after.
 */
export function diffText(before: string, after: string, { timeoutMs, locale }: TextDiffOptions): TextDiff {
  for (const [grain, split] of splitters) {
    const [old, next] = [split(before, locale), split(after, locale)]
    const runs = findCommonRuns(old, next, timeoutMs)
    if (runs !== undefined) return { grain, changes: toChanges(old, next, runs) }
  }
  return {
    grain: 'whole',
    changes: [
      { kind: 'removed', text: before },
      { kind: 'added', text: after },
    ],
  }
}

const splitters = [
  ['words', splitWords],
  ['sentences', splitSentences],
  ['paragraphs', (text: string) => text.match(/[^\n]*\n+|[^\n]+$/g) ?? []],
] as const

function splitWords(text: string, locale: string | undefined): string[] {
  if (spaceless.test(text)) return segment(text, locale, 'word')
  return text.match(/[\p{L}\p{M}\p{N}_]+|\s+|[^\p{L}\p{M}\p{N}_\s]/gu) ?? []
}

// scripts that write no spaces between words
const spaceless =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

function splitSentences(text: string, locale: string | undefined): string[] {
  return segment(text, locale, 'sentence')
}

function segment(text: string, locale: string | undefined, granularity: 'word' | 'sentence'): string[] {
  return Array.from(new Intl.Segmenter(locale, { granularity }).segment(text), (part) => part.segment)
}

function toChanges(
  before: readonly string[],
  after: readonly string[],
  runs: readonly CommonRun[],
): readonly TextChange[] {
  let [oldEnd, newEnd] = [0, 0]
  return [...runs, { from: before.length, to: after.length, length: 0 }].flatMap(({ from, to, length }) => {
    const changes = [
      { kind: 'removed', text: before.slice(oldEnd, from).join('') },
      { kind: 'added', text: after.slice(newEnd, to).join('') },
      { kind: 'same', text: before.slice(from, from + length).join('') },
    ] as const
    ;[oldEnd, newEnd] = [from + length, to + length]
    return changes.filter(({ text }) => text !== '')
  })
}
