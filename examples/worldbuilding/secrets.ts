import type { Queryable } from './transaction.ts'

/** What an author keeps to himself about an element; null: nothing. */
export async function readSecret(
  database: Queryable,
  elementId: string,
  ownerId: string,
): Promise<string | null> {
  const { rows } = await database.query<{ body: string }>(
    'select body from secrets where element_id = $1 and owner_id = $2',
    [elementId, ownerId],
  )
  return rows[0]?.body ?? null
}

/** Keeps a secret, or forgets it where it is empty. */
export async function keepSecret(
  database: Queryable,
  secret: { readonly elementId: string; readonly ownerId: string; readonly body: string },
): Promise<void> {
  if (secret.body === '') {
    await database.query('delete from secrets where element_id = $1 and owner_id = $2', [
      secret.elementId,
      secret.ownerId,
    ])
    return
  }
  await database.query(
    `insert into secrets (element_id, owner_id, body)
     values ($1, $2, $3)
     on conflict (element_id, owner_id) do update set body = excluded.body`,
    [secret.elementId, secret.ownerId, secret.body],
  )
}
