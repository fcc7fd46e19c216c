import { styleText } from 'node:util'

import { formatJson, type JsonValue } from 'backstory'
import { diffWordsWithSpace } from 'diff'

import type { LeafChange } from '../leaf-changes.ts'
import { shortenIds } from '../../print/page.ts'

/**
 * What became of one value: words for texts, both values for anything else. What went is `[-red-]`, what came
 * `{+green+}`: the marks say it where there are no colours, or no eyes for them.
 */
export function formatLeafChange({ before, after }: LeafChange): string {
  if (typeof before === 'string' && typeof after === 'string') return formatWordDiff(before, after)
  const parts = [
    before === undefined ? '' : formatGone(formatValue(before)),
    after === undefined ? '' : formatCome(formatValue(after)),
  ]
  return parts.filter((part) => part !== '').join(' ')
}

/** A value as people read it: a text without quotes. */
export function formatValue(value: JsonValue): string {
  return shortenIds(typeof value === 'string' ? value : formatJson(value))
}

function formatWordDiff(before: string, after: string): string {
  const parts = diffWordsWithSpace(before, after, { timeout: 200 })
  // a text rewritten so thoroughly that no words could be paired in time
  if (parts === undefined) return `${formatGone(before)} ${formatCome(after)}`
  return parts
    .map(({ value, added, removed }, index) => {
      if (removed) return formatGone(shortenIds(value))
      if (added) return formatCome(shortenIds(value))
      return elide(value, { isFirst: index === 0, isLast: index === parts.length - 1 })
    })
    .join('')
}

// of a long stretch that stayed the same, only what stands next to a change
function elide(text: string, place: { readonly isFirst: boolean; readonly isLast: boolean }): string {
  const words = text.split(/(?<=\s)/)
  if (words.length <= 2 * neighbours) return text
  const head = place.isFirst ? '' : words.slice(0, neighbours).join('').trimEnd()
  const tail = place.isLast ? '' : words.slice(-neighbours).join('')
  return `${head === '' ? '' : `${head} `}… ${tail}`
}

const neighbours = 4

function formatGone(text: string): string {
  return styleText('red', `[-${text}-]`)
}

function formatCome(text: string): string {
  return styleText('green', `{+${text}+}`)
}
