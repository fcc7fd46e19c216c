import { defineEntity, p } from '@mikro-orm/postgresql'

import { Author } from './author.ts'
import { Tag } from './tag.ts'
import { World } from './world.ts'

/** What a world is made of. */
export const elementKinds = ['character', 'place', 'faction', 'item', 'event', 'lore'] as const

/** One of them. */
export type ElementKind = (typeof elementKinds)[number]

/** Anything that an author wants to say of an element, as deep as he likes. */
export type Attributes = Readonly<Record<string, unknown>>

const WorldElementSchema = defineEntity({
  name: 'WorldElement',
  tableName: 'world_elements',
  audited: { scope: 'world', label: 'name', ignore: ['updatedAt'], redact: ['secretNotes'] },
  properties: {
    id: p.uuid().primary().defaultRaw('gen_random_uuid()'),
    world: () => p.manyToOne(World).deleteRule('cascade'),
    kind: p.enum(elementKinds),
    name: p.text(),
    summary: p.text().default(''),
    body: p.text().default(''),
    attributes: p.json<Attributes>().defaultRaw(`'{}'`),
    place: () => p.manyToOne(WorldElement).nullable().deleteRule('set null').index(),
    author: () => p.manyToOne(Author).nullable().deleteRule('set null'),
    /** For authors' eyes: in no answer of the service, and in no log. */
    secretNotes: p.text().strictNullable().hidden(),
    tags: () => p.manyToMany(Tag).pivotEntity(() => ElementTag),
    createdAt: p.datetime(6).defaultRaw('now()'),
    updatedAt: p.datetime(6).defaultRaw('now()'),
  },
  uniques: [{ properties: ['world', 'name'] }],
})

/** A character, a place, a faction, an item, an event, a piece of lore. */
export class WorldElement extends WorldElementSchema.class {}
WorldElementSchema.setClass(WorldElement)

const ElementTagSchema = defineEntity({
  name: 'ElementTag',
  tableName: 'element_tags',
  audited: true,
  properties: {
    element: () => p.manyToOne(WorldElement).primary().updateRule('no action').deleteRule('cascade'),
    tag: () => p.manyToOne(Tag).primary().updateRule('no action').deleteRule('cascade').index(),
  },
})

/** A row between an element and one of its tags. */
export class ElementTag extends ElementTagSchema.class {}
ElementTagSchema.setClass(ElementTag)
