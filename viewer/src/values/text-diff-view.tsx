import type { JSX } from 'preact'
import { useState } from 'preact/hooks'

import { foldText, type ShownChange } from '../model/fold-text.ts'
import { countWords } from '../model/count-words.ts'
import type { TextDiff } from '../model/text-diff.ts'
import { Answered } from '../shell/answered.tsx'
import { useRequest } from '../shell/use-request.ts'
import { useViewer } from '../shell/viewer-context.ts'
import { Added, Removed } from './mark.tsx'

/** Two versions of a text in one, what went and what came marked in it. */
export function TextDiffView({
  before,
  after,
}: {
  readonly before: string
  readonly after: string
}): JSX.Element {
  const { time } = useViewer()
  const request = useRequest(`${before.length} ${before}${after}`, async () => {
    const { compareText } = await import('./compare-text.ts')
    return compareText(before, after, time.locale)
  })
  return (
    <Answered request={request} lines={2} label="Comparing two texts">
      {(diff) => <ComparedText diff={diff} />}
    </Answered>
  )
}

function ComparedText({ diff }: { readonly diff: TextDiff }): JSX.Element {
  const [isWhole, setWhole] = useState(false)
  const shown: readonly ShownChange[] = isWhole ? diff.changes : foldText(diff.changes)
  return (
    <div class="text-diff">
      <p class="text-summary">{summarize(diff)}</p>
      <div class="prose">
        {shown.map((change, index) => {
          if (change.kind === 'removed') return <Removed key={index}>{change.text}</Removed>
          if (change.kind === 'added') return <Added key={index}>{change.text}</Added>
          if (change.kind === 'same') return <span key={index}>{change.text}</span>
          return (
            <button class="fold" key={index} onClick={() => setWhole(true)}>
              {`… ${countCharacters(change.text)} unchanged …`}
            </button>
          )
        })}
      </div>
    </div>
  )
}

function summarize(diff: TextDiff): string {
  const { added, removed } = countWords(diff)
  const words = [
    ...(added > 0 ? [`${added} word${added === 1 ? '' : 's'} added`] : []),
    ...(removed > 0 ? [`${removed} word${removed === 1 ? '' : 's'} removed`] : []),
  ]
  const counted = words.length === 0 ? 'Only spaces and punctuation changed' : words.join(', ')
  switch (diff.grain) {
    case 'words':
      return counted
    case 'sentences':
      return `${counted}; compared by sentences, as the texts differ much`
    case 'paragraphs':
      return `${counted}; compared by paragraphs, as the texts differ much`
    case 'whole':
      return `${counted}; replaced as a whole`
  }
}

function countCharacters(text: string): string {
  const words = text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0
  return words > 1 ? `${words} words` : `${text.length} characters`
}
