import type { TextChange } from './text-diff.ts'

/** A part of a compared text as it is shown: what both have in common and is far from any change is folded. */
export type ShownChange = TextChange | { readonly kind: 'folded'; readonly text: string }

/** Folds what stayed the same, but for `around` characters beside each change, cut between words. */
export function foldText(changes: readonly TextChange[], around = 160): readonly ShownChange[] {
  return changes.flatMap((change, index): readonly ShownChange[] => {
    if (change.kind !== 'same') return [change]
    const head = index === 0 ? '' : cutAfter(change.text, around)
    const tail = index === changes.length - 1 ? '' : cutBefore(change.text.slice(head.length), around)
    const middle = change.text.slice(head.length, change.text.length - tail.length)
    // a fold that hides less than its own words would be in the way
    if (middle.length < 80) return [change]
    const shown: ShownChange[] = [{ kind: 'folded', text: middle }]
    if (head !== '') shown.unshift({ kind: 'same', text: head })
    if (tail !== '') shown.push({ kind: 'same', text: tail })
    return shown
  })
}

function cutAfter(text: string, length: number): string {
  if (text.length <= length) return text
  const space = text.indexOf(' ', length)
  return space < 0 || space > length + 40 ? text.slice(0, length) : text.slice(0, space + 1)
}

function cutBefore(text: string, length: number): string {
  if (text.length <= length) return text
  const from = text.length - length
  const space = text.lastIndexOf(' ', from)
  return space < from - 40 ? text.slice(from) : text.slice(space + 1)
}
