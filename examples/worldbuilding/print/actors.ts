import { createTable, formatTable, pageWidth } from '../../print/page.ts'
import { formatActor } from './timeline.ts'

/** What one actor did, counted. */
export interface ActorSummary {
  readonly userId: string | null
  readonly actorKind: string | null
  readonly onBehalfOf: string | null
  readonly inserts: string
  readonly updates: string
  readonly deletes: string
  readonly elements: string
  readonly reasons: string | null
}

/** Who did what, one line an actor. */
export function formatActors(actors: readonly ActorSummary[]): string {
  const table = createTable(
    ['actor', 'created', 'changed', 'deleted', 'elements', 'reasons'],
    [24, 9, 9, 9, 10, pageWidth() - 61],
  )
  for (const { userId, actorKind, onBehalfOf, inserts, updates, deletes, elements, reasons } of actors) {
    const actor = formatActor({
      userId,
      context: {
        ...(actorKind === null ? {} : { actorKind }),
        ...(onBehalfOf === null ? {} : { onBehalfOf }),
      },
    })
    table.push([actor, inserts, updates, deletes, elements, reasons ?? ''])
  }
  return formatTable(table)
}
