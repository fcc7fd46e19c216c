import type { EntityManager } from '@mikro-orm/postgresql'

import { Tag } from './models/tag.ts'
import { WorldElement } from './models/world-element.ts'

/** Adds a tag to a world's vocabulary and returns its id. */
export async function createTag(em: EntityManager, worldId: number, name: string): Promise<number> {
  const tag = em.create(Tag, { world: worldId, name })
  await em.flush()
  return tag.id
}

/** Puts a tag on an element; one that it has already is left as it is. */
export async function tagElement(em: EntityManager, elementId: string, tagId: number): Promise<void> {
  const element = await em.findOneOrFail(WorldElement, elementId)
  // added to whatever is there: the collection is not loaded
  element.tags.add(em.getReference(Tag, tagId))
  await em.flush()
}

/** Takes a tag off an element. */
export async function untagElement(em: EntityManager, elementId: string, tagId: number): Promise<void> {
  const element = await em.findOneOrFail(WorldElement, elementId, { populate: ['tags'] })
  element.tags.remove(em.getReference(Tag, tagId))
  await em.flush()
}
