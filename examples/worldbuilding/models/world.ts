import { defineEntity, p } from '@mikro-orm/postgresql'

const WorldSchema = defineEntity({
  name: 'World',
  tableName: 'worlds',
  audited: { scope: 'id', label: 'name' },
  properties: {
    id: p.integer().primary().generated('identity'),
    name: p.text().unique(),
    premise: p.text(),
  },
})

/** A world that people invent together. */
export class World extends WorldSchema.class {}
WorldSchema.setClass(World)
