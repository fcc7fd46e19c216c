import type { EntityManager } from '@mikro-orm/postgresql'

import { Relation } from './models/relation.ts'

/** Says how one element stands to another: `mentors`, `fears`, `was forged in`. */
export async function relate(em: EntityManager, fromId: string, kind: string, toId: string): Promise<void> {
  em.create(Relation, { from: fromId, kind, to: toId })
  await em.flush()
}

/** Takes back what was said of two elements. */
export async function unrelate(em: EntityManager, relationId: number): Promise<void> {
  await em.remove(em.getReference(Relation, relationId)).flush()
}
