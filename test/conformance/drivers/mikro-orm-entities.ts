import { defineEntity, p } from '@mikro-orm/core'

export const World = defineEntity({
  name: 'World',
  tableName: 'worlds',
  properties: { id: p.integer().primary(), name: p.text() },
})

export const Tag = defineEntity({
  name: 'Tag',
  tableName: 'tags',
  properties: { id: p.integer().primary(), name: p.text() },
})

export const Element = defineEntity({
  name: 'Element',
  tableName: 'elements',
  properties: {
    id: p.integer().primary(),
    world: () => p.manyToOne(World).joinColumn('world_id'),
    name: p.text(),
    hp: p.integer().default(10),
    attributes: p.json().default('{}'),
    aliases: p.array().default([]),
    note: p.text().nullable(),
    tags: () =>
      p.manyToMany(Tag).pivotTable('element_tags').joinColumn('element_id').inverseJoinColumn('tag_id'),
  },
})

export const Bond = defineEntity({
  name: 'Bond',
  tableName: 'bonds',
  properties: {
    element_id: p.integer().primary(),
    kind: p.text().primary(),
    strength: p.integer().default(1),
  },
})

export const Measurement = defineEntity({
  name: 'Measurement',
  tableName: 'measurements',
  properties: {
    id: p.bigint().primary(),
    taken_at: p.datetime(6).nullable(),
    amount: p.decimal('string').precision(40).scale(20).nullable(),
  },
})
