import type { JSX } from 'preact'

import { actorOf, type LabelledEntry } from '../model/entry-view.ts'
import { describeEntry, type SentencePart } from '../model/sentence.ts'
import { Link } from '../shell/link.tsx'
import { useViewer } from '../shell/viewer-context.ts'
import { useSignal } from '../shell/signal.ts'

/** An entry in words, with what the host calls its actor. */
export function useSentence(entry: LabelledEntry, isAboutOneElement: boolean): readonly SentencePart[] {
  const { nameActor, me } = useViewer()
  const table = useSignal(me)?.tables.find(({ elementType }) => elementType === entry.elementType)
  return describeEntry(entry, {
    actorName: nameActor(actorOf(entry)),
    labelColumn: table?.label ?? null,
    isAboutOneElement,
  })
}

/** The parts of a sentence; the element is a link where it has a page of its own. */
export function Sentence({
  parts,
  entry,
}: {
  readonly parts: readonly SentencePart[]
  readonly entry: LabelledEntry
}): JSX.Element {
  const { linkToElement } = useViewer()
  return (
    <>
      {parts.map(({ kind, text }, index) => {
        if (kind === 'text') return text
        const style = `is-${kind}`
        if (kind === 'element' && linkToElement !== null) {
          return (
            <Link key={index} class={style} to={linkToElement(entry)}>
              {text}
            </Link>
          )
        }
        return (
          <b key={index} class={style}>
            {text}
          </b>
        )
      })}
    </>
  )
}
