import type { TextChange, TextDiff } from './text-diff.ts'

/** How much changed, for a summary that comes before the text. */
export function countWords({ changes }: TextDiff): { readonly added: number; readonly removed: number } {
  const count = (kind: TextChange['kind']) =>
    changes
      .filter((change) => change.kind === kind)
      .reduce((sum, { text }) => sum + (text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0), 0)
  return { added: count('added'), removed: count('removed') }
}
