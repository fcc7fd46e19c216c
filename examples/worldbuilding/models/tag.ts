import { defineEntity, p } from '@mikro-orm/postgresql'

import { World } from './world.ts'

const TagSchema = defineEntity({
  name: 'Tag',
  tableName: 'tags',
  audited: { scope: 'world', label: 'name' },
  properties: {
    id: p.integer().primary().generated('identity'),
    world: () => p.manyToOne(World).deleteRule('cascade'),
    name: p.text(),
  },
  uniques: [{ properties: ['world', 'name'] }],
})

/** A word of a world's vocabulary. */
export class Tag extends TagSchema.class {}
TagSchema.setClass(Tag)
