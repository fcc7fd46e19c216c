import { defineEntity, p } from '@mikro-orm/postgresql'

export const Author = defineEntity({
  name: 'Author',
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
export const Place = defineEntity({
  name: 'Place',
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
export const tables = ['author', 'book', 'tag', 'book_tags', 'creature', 'place', 'island']
