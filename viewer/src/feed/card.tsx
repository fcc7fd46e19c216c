import type { ComponentChildren, JSX } from 'preact'

import { actorOf, type LabelledEntry } from '../model/entry-view.ts'
import { sentenceText, type SentencePart } from '../model/sentence.ts'
import { ActorBadge, ActorKindTag } from '../shell/actor-badge.tsx'
import { Icon } from '../shell/icon.tsx'
import { useUniqueId } from '../shell/use-unique-id.ts'
import { Circumstances } from './circumstances.tsx'
import { Sentence } from './sentence.tsx'

/** An entry or a group of them: a sentence, what there is to say beside it, and what is folded away below. */
export function Card({
  entry,
  parts,
  class: name,
  time,
  isOpen,
  toggle,
  isGroup = false,
  children,
}: {
  /** Itself, or the newest of the group. */
  readonly entry: LabelledEntry
  readonly parts: readonly SentencePart[]
  readonly class: string
  readonly time: ComponentChildren
  readonly isOpen: boolean
  readonly toggle: () => void
  readonly isGroup?: boolean
  /** What is shown while it is open. */
  readonly children: () => JSX.Element
}): JSX.Element {
  const id = useUniqueId()
  const actor = actorOf(entry)
  return (
    <article
      class={`card action-${entry.action} ${name}`}
      part="entry"
      aria-labelledby={id}
      data-entry={isGroup ? undefined : entry.id}
    >
      <div class="card-head">
        <ActorBadge actor={actor} />
        <div class="card-words">
          <p class="sentence" id={id}>
            <Sentence parts={parts} entry={entry} />
          </p>
          <p class="meta">
            {time}
            <ActorKindTag actor={actor} />
            <Circumstances entry={entry} />
          </p>
        </div>
        <button
          class="disclosure"
          data-focus
          aria-expanded={isOpen}
          aria-controls={`${id}-detail`}
          aria-label={`${isOpen ? 'Hide' : 'Show'} what changed: ${sentenceText(parts)}`}
          onClick={toggle}
        >
          <Icon name="chevron" />
        </button>
      </div>
      <div id={`${id}-detail`} hidden={!isOpen}>
        {isOpen ? children() : null}
      </div>
    </article>
  )
}
