import { defineEntity, MikroORM, p } from '@mikro-orm/postgresql'

import { auditExtension } from '../../src/mikro-orm.ts'

export const Author = defineEntity({
  name: 'Author',
  audited: true,
  tableName: 'author',
  properties: {
    id: p.integer().primary(),
    email: p.text().unique(),
    version: p.integer().version(),
    home: () => p.embedded(Address).nullable(),
    books: () => p.oneToMany(Book).mappedBy('author').orphanRemoval(),
  },
})

const Address = defineEntity({
  name: 'Address',
  embeddable: true,
  properties: { street: p.text(), town: p.text().nullable() },
})

export const Book = defineEntity({
  name: 'Book',
  audited: true,
  tableName: 'book',
  properties: {
    id: p.integer().primary(),
    title: p.text(),
    deleted_at: p.datetime().nullable(),
    author: () => p.manyToOne(Author).nullable().joinColumn('author_id').deleteRule('cascade'),
    tags: () => p.manyToMany(Tag).pivotTable('book_tags').joinColumn('book_id').inverseJoinColumn('tag_id'),
  },
})

export const Tag = defineEntity({
  name: 'Tag',
  audited: true,
  tableName: 'tag',
  properties: {
    id: p.integer().primary(),
    name: p.text(),
    books: () => p.manyToMany(Book).mappedBy('tags'),
  },
})

// one table for all kinds
export const Creature = defineEntity({
  name: 'Creature',
  audited: true,
  tableName: 'creature',
  discriminatorColumn: 'kind',
  discriminatorValue: 'creature',
  properties: { id: p.integer().primary(), kind: p.enum(['creature', 'dragon']), name: p.text() },
})
export const Dragon = defineEntity({
  name: 'Dragon',
  extends: Creature,
  discriminatorValue: 'dragon',
  properties: { hoard: p.integer().nullable() },
})

// a table for each kind
const Place = defineEntity({
  name: 'Place',
  audited: true,
  tableName: 'place',
  inheritance: 'tpt',
  properties: { id: p.integer().primary(), name: p.text() },
})
export const Island = defineEntity({
  name: 'Island',
  tableName: 'island',
  extends: Place,
  properties: { area: p.integer() },
})

export const Plain = defineEntity({
  name: 'Plain',
  tableName: 'plain',
  properties: { id: p.integer().primary(), name: p.text() },
})

/** A library with every kind of relation and inheritance. */
export const entities = [Author, Book, Tag, Creature, Dragon, Place, Island, Plain]

/** Opens a library whose tables are recorded by listener, all but `plain`. */
export async function openLibrary(url: string): Promise<MikroORM> {
  const orm = await MikroORM.init({
    entities,
    clientUrl: url,
    extensions: [auditExtension({ capture: 'listener' })],
  })
  await orm.schema.update()
  return orm
}
