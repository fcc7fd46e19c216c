import type { Api } from '../api/api.ts'
import type { LabelledEntry } from '../model/entry-view.ts'
import type { ElementName } from '../model/view-state.ts'

/** The versions of an element, oldest first. */
export interface Moments {
  readonly entries: readonly LabelledEntry[]
  /** Whether these are all. */
  readonly isComplete: boolean
}

/** At most so many versions lie on a slider; more would be closer together than a pixel. */
const most = 1000

/** Reads the newest versions of an element, a thousand at most. */
export async function readMoments(
  { entries: readEntries }: Pick<Api, 'entries'>,
  { elementType, elementId }: ElementName,
  signal: AbortSignal,
): Promise<Moments> {
  const entries: LabelledEntry[] = []
  let cursor: string | null = null
  do {
    const page = await readEntries(
      {
        elementType,
        elementId,
        action: ['insert', 'update', 'delete'],
        limit: '200',
        ...(cursor === null ? {} : { cursor }),
      },
      signal,
    )
    entries.push(...page.entries)
    cursor = page.nextCursor
  } while (cursor !== null && entries.length < most)
  return { entries: entries.toReversed(), isComplete: cursor === null }
}
