import type { Queryable } from './transaction.ts'

/** Adds a tag to a world's vocabulary and returns its id. */
export async function createTag(database: Queryable, worldId: number, name: string): Promise<number> {
  const { rows } = await database.query<{ id: number }>(
    'insert into tags (world_id, name) values ($1, $2) returning id',
    [worldId, name],
  )
  const id = rows[0]?.id
  if (id === undefined) throw new Error(`The tag ${name} was not written.`)
  return id
}

/** Puts a tag on an element; one that it has already is left as it is. */
export async function tagElement(database: Queryable, elementId: string, tagId: number): Promise<void> {
  await database.query(
    'insert into element_tags (element_id, tag_id) values ($1, $2) on conflict do nothing',
    [elementId, tagId],
  )
}

/** Takes a tag off an element. */
export async function untagElement(database: Queryable, elementId: string, tagId: number): Promise<void> {
  await database.query('delete from element_tags where element_id = $1 and tag_id = $2', [elementId, tagId])
}
