import type { EntityManager } from '@mikro-orm/postgresql'

import { Author } from './models/author.ts'
import { World } from './models/world.ts'

/** Begins a world and returns its id. */
export async function createWorld(
  em: EntityManager,
  { name, premise }: { readonly name: string; readonly premise: string },
): Promise<number> {
  const world = em.create(World, { name, premise })
  await em.flush()
  return world.id
}

/** Invites an author. */
export async function addAuthor(
  em: EntityManager,
  { id, name }: { readonly id: string; readonly name: string },
): Promise<void> {
  em.create(Author, { id, name })
  await em.flush()
}
