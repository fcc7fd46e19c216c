import type { Queryable } from './transaction.ts'

/** Begins a world and returns its id. */
export async function createWorld(
  database: Queryable,
  world: { readonly name: string; readonly premise: string },
): Promise<number> {
  const { rows } = await database.query<{ id: number }>(
    'insert into worlds (name, premise) values ($1, $2) returning id',
    [world.name, world.premise],
  )
  const id = rows[0]?.id
  if (id === undefined) throw new Error(`The world ${world.name} was not written.`)
  return id
}

/** Invites an author. */
export async function addAuthor(
  database: Queryable,
  author: { readonly id: string; readonly name: string },
): Promise<void> {
  await database.query('insert into authors (id, name) values ($1, $2)', [author.id, author.name])
}
