import type { EntityManager } from '@mikro-orm/postgresql'

import { Secret } from './models/secret.ts'

/** What an author keeps to himself about an element; null: nothing. */
export async function readSecret(
  em: EntityManager,
  elementId: string,
  ownerId: string,
): Promise<string | null> {
  const secret = await em.findOne(Secret, { element: elementId, owner: ownerId })
  return secret?.body ?? null
}

/** Keeps a secret, or forgets it where it is empty. */
export async function keepSecret(
  em: EntityManager,
  {
    elementId,
    ownerId,
    body,
  }: { readonly elementId: string; readonly ownerId: string; readonly body: string },
): Promise<void> {
  if (body === '') {
    await em.remove(em.getReference(Secret, [elementId, ownerId])).flush()
    return
  }
  // listeners want the transaction: they look at the row before it is written
  await em.transactional((transaction) =>
    transaction.upsert(Secret, { element: elementId, owner: ownerId, body }),
  )
}
