import type { JSX } from 'preact'

import type { LabelledEntry } from '../model/entry-view.ts'
import { Card } from './card.tsx'
import { EntryTime } from './circumstances.tsx'
import { EntryDetail } from './entry-detail.tsx'
import { toggleOpen, type FeedControls } from './feed-controls.ts'
import { useSentence } from './sentence.tsx'
import { useSignal } from '../shell/signal.ts'

/** One entry as a sentence, with what changed folded away below it. */
export function EntryCard({
  entry,
  controls,
  isAboutOneElement,
}: {
  readonly entry: LabelledEntry
  readonly controls: FeedControls
  readonly isAboutOneElement: boolean
}): JSX.Element {
  const isMarked = useSignal(controls.marked)?.id === entry.id
  return (
    <Card
      entry={entry}
      parts={useSentence(entry, isAboutOneElement)}
      class={isMarked ? 'is-marked' : ''}
      time={<EntryTime entry={entry} />}
      isOpen={useSignal(controls.open).has(entry.id)}
      toggle={() => toggleOpen(controls, entry.id)}
    >
      {() => <EntryDetail entry={entry} controls={controls} />}
    </Card>
  )
}
