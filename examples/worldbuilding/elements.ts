import { LockMode, type EntityManager } from '@mikro-orm/postgresql'

import { Relation } from './models/relation.ts'
import { WorldElement, type Attributes, type ElementKind } from './models/world-element.ts'

/** What an author writes about an element. */
export interface ElementText {
  readonly name: string
  readonly summary: string
  readonly body: string
  readonly attributes: Attributes
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
  readonly tagIds?: readonly number[]
}

/** An element as its readers see it, with how it stands to others. */
export interface ElementPage extends Omit<ElementText, 'secretNotes'> {
  readonly id: string
  readonly worldId: number
  readonly kind: ElementKind
  readonly relations: readonly {
    readonly id: number
    readonly kind: string
    readonly toId: string
    readonly toName: string
  }[]
}

/**
 * Reads an element.
 *
 * @throws NotFoundError
 */
export async function readElement(em: EntityManager, id: string): Promise<ElementPage> {
  const element = await em.findOneOrFail(WorldElement, id)
  const relations = await em.find(Relation, { from: id }, { populate: ['to'], orderBy: { id: 'asc' } })
  return {
    id,
    worldId: element.world.id,
    kind: element.kind,
    name: element.name,
    summary: element.summary,
    body: element.body,
    attributes: element.attributes,
    relations: relations.map((relation) => ({
      id: relation.id,
      kind: relation.kind,
      toId: relation.to.id,
      toName: relation.to.name,
    })),
  }
}

/** Writes a new element with its tags, in one transaction, and returns its id. */
export async function createElement(em: EntityManager, element: NewElement): Promise<string> {
  const { worldId, authorId, placeId, tagIds = [], ...text } = element
  const created = em.create(WorldElement, {
    ...text,
    world: worldId,
    author: authorId,
    place: placeId ?? null,
    tags: [...tagIds],
  })
  await em.flush()
  return created.id
}

/**
 * Edits an element: `edit` gets its present text and returns what it wants otherwise. The row is locked in between,
 * so that authors who edit the same element at once follow each other and overwrite nothing.
 *
 * @throws NotFoundError
 */
export async function editElement(
  em: EntityManager,
  id: string,
  edit: (present: ElementText) => Partial<ElementText>,
): Promise<void> {
  await em.transactional(async (transaction) => {
    const element = await transaction.findOneOrFail(WorldElement, id, {
      lockMode: LockMode.PESSIMISTIC_WRITE,
    })
    // who saves has saved, whether he changed anything or not
    transaction.assign(element, { ...edit(element), updatedAt: new Date() })
  })
}

/** Gives all elements of a kind another era, in one transaction. Returns how many there were. */
export async function moveToEra(em: EntityManager, kind: ElementKind, era: string): Promise<number> {
  return em.transactional(async (transaction) => {
    const elements = await transaction.find(
      WorldElement,
      { kind },
      { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } },
    )
    for (const element of elements) {
      transaction.assign(element, { attributes: { ...element.attributes, era }, updatedAt: new Date() })
    }
    return elements.length
  })
}

/** Deletes an element. Its relations, tags and secrets go with it; what was placed in it has no place any more. */
export async function deleteElement(em: EntityManager, id: string): Promise<void> {
  await em.remove(em.getReference(WorldElement, id)).flush()
}
