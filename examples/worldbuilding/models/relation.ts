import { defineEntity, p } from '@mikro-orm/postgresql'

import { WorldElement } from './world-element.ts'

const RelationSchema = defineEntity({
  name: 'Relation',
  tableName: 'relations',
  audited: true,
  properties: {
    id: p.integer().primary().generated('identity'),
    from: () => p.manyToOne(WorldElement).deleteRule('cascade'),
    to: () => p.manyToOne(WorldElement).deleteRule('cascade').index(),
    kind: p.text(),
  },
  uniques: [{ properties: ['from', 'to', 'kind'] }],
})

/** How one element stands to another: `mentors`, `fears`, `was forged in`. */
export class Relation extends RelationSchema.class {}
RelationSchema.setClass(Relation)
