import type { JSX } from 'preact'

import { actorOf, type LabelledEntry } from '../model/entry-view.ts'
import { formatShortMoment } from '../model/format-time.ts'
import { useViewer } from '../shell/viewer-context.ts'

/** By what people know a version: when, and whose. */
export function VersionName({ entry }: { readonly entry: LabelledEntry }): JSX.Element {
  const { time, nameActor } = useViewer()
  return (
    <>
      {formatShortMoment(entry.timestamp, time)} <span class="faint">by {nameActor(actorOf(entry))}</span>
    </>
  )
}
