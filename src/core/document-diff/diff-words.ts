import { alignSequences } from './align.ts'

/** A part of a text that both have, that went, or that came. */
export interface TextPart {
  readonly kind: 'same' | 'removed' | 'added'
  readonly text: string
}

/**
 * What changed from one text to another, word by word, for people. The parts that are not `added` are the text before,
 * those that are not `removed` the text after.
 *
 * @example diffWords('a good mage', 'a great mage')
 */
export function diffWords(before: string, after: string): readonly TextPart[] {
  const [old, next] = [splitWords(before), splitWords(after)]
  const parts: { kind: TextPart['kind']; text: string }[] = []
  const push = (kind: TextPart['kind'], words: readonly string[]) => {
    const text = words.join('')
    const last = parts.at(-1)
    if (text === '') return
    if (last?.kind === kind) last.text += text
    else parts.push({ kind, text })
  }
  let [from, to] = [0, 0]
  for (const [keptBefore, keptAfter] of [...alignSequences(old, next), [old.length, next.length] as const]) {
    push('removed', old.slice(from, keptBefore))
    push('added', next.slice(to, keptAfter))
    push('same', old.slice(keptBefore, keptBefore + 1))
    ;[from, to] = [keptBefore + 1, keptAfter + 1]
  }
  return parts
}

// a word with the white space behind it would differ at the end of a line
function splitWords(text: string): readonly string[] {
  return text.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? []
}
