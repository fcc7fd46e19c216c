import { BackstoryError } from '../core/errors.ts'
import type { Client } from '../db/client.ts'
import { readElementSight, readTypeOfToday, type ElementSight } from '../db/element-sight.ts'
import type { Sight } from '../db/sight.ts'

/** Refuses what is about whole elements to whoever sees some actors alone. @throws BackstoryError `not_permitted` */
export function refuseByActor(sight: Sight | undefined): void {
  if (sight?.userIds === undefined) return
  throw new BackstoryError(
    'not_permitted',
    'You see what some people did, and an element as a whole is the work of all: states, differences, blame, undo and restore are closed to you.',
  )
}

/**
 * What of a table is seen, and its name of today. A table that is out of sight is as one that was never tracked.
 *
 * @throws BackstoryError `not_tracked`
 */
export async function readSeenType(
  client: Client,
  elementType: string,
  sight: Sight,
): Promise<{ readonly seen: ElementSight; readonly today: string }> {
  const [seen, today] = await Promise.all([
    readElementSight(client, sight),
    readTypeOfToday(client, elementType),
  ])
  if (today !== null && seen.seesType(today)) return { seen, today }
  throw new BackstoryError(
    'not_tracked',
    `${elementType} is not tracked: nothing is known of its elements.`,
    { details: { elementType } },
  )
}
