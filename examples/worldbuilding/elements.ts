import type pg from 'pg'

import { inTransaction, type Queryable } from './transaction.ts'

/** What a world is made of. */
export type ElementKind = 'character' | 'place' | 'faction' | 'item' | 'event' | 'lore'

/** What an author writes about an element. */
export interface ElementText {
  readonly name: string
  readonly summary: string
  readonly body: string
  readonly attributes: Readonly<Record<string, unknown>>
  /** For the author's eyes: never shown to readers. */
  readonly secretNotes: string | null
}

/** A new element. */
export interface NewElement extends Partial<ElementText> {
  readonly worldId: number
  readonly kind: ElementKind
  readonly name: string
  readonly authorId: string
  readonly placeId?: string | undefined
}

/** Writes a new element and returns its id. */
export async function createElement(database: Queryable, element: NewElement): Promise<string> {
  const { rows } = await database.query<{ id: string }>(
    `insert into world_elements
       (world_id, kind, name, author_id, summary, body, attributes, secret_notes, place_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     returning id`,
    [
      element.worldId,
      element.kind,
      element.name,
      element.authorId,
      element.summary ?? '',
      element.body ?? '',
      element.attributes ?? {},
      element.secretNotes ?? null,
      element.placeId ?? null,
    ],
  )
  const id = rows[0]?.id
  if (id === undefined) throw new Error(`${element.name} was not written.`)
  return id
}

/**
 * Edits an element: `edit` gets its present text and returns what it wants otherwise. The row is locked in between,
 * so that authors who edit the same element at once follow each other and overwrite nothing.
 */
export async function editElement(
  pool: pg.Pool,
  id: string,
  edit: (present: ElementText) => Partial<ElementText>,
): Promise<void> {
  await inTransaction(pool, async (transaction) => {
    const present = await lockElement(transaction, id)
    const next = { ...present, ...edit(present) }
    await transaction.query(
      `update world_elements
       set name = $2, summary = $3, body = $4, attributes = $5, secret_notes = $6, updated_at = now()
       where id = $1`,
      [id, next.name, next.summary, next.body, next.attributes, next.secretNotes],
    )
  })
}

/** Gives all elements of a kind another era, in one statement. Returns how many there were. */
export async function moveToEra(database: Queryable, kind: ElementKind, era: string): Promise<number> {
  const { rowCount } = await database.query(
    `update world_elements
     set attributes = attributes || jsonb_build_object('era', $2::text), updated_at = now()
     where kind = $1`,
    [kind, era],
  )
  return rowCount ?? 0
}

/** Deletes an element. Its relations and tags go with it; what was placed in it has no place any more. */
export async function deleteElement(database: Queryable, id: string): Promise<void> {
  await database.query('delete from world_elements where id = $1', [id])
}

async function lockElement(transaction: Queryable, id: string): Promise<ElementText> {
  const { rows } = await transaction.query<ElementText>(
    `select name, summary, body, attributes, secret_notes as "secretNotes"
     from world_elements
     where id = $1
     for update`,
    [id],
  )
  const found = rows[0]
  if (found === undefined) throw new Error(`There is no element ${id}.`)
  return found
}
