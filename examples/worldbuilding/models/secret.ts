import { defineEntity, p } from '@mikro-orm/postgresql'

import { Author } from './author.ts'
import { WorldElement } from './world-element.ts'

const SecretSchema = defineEntity({
  name: 'Secret',
  tableName: 'secrets',
  // it belongs to its owner: whoever sees other scopes sees no version of it
  audited: { scope: 'owner' },
  properties: {
    element: () => p.manyToOne(WorldElement).primary().updateRule('no action').deleteRule('cascade'),
    owner: () => p.manyToOne(Author).primary().updateRule('no action').deleteRule('cascade').index(),
    body: p.text(),
  },
})

/** What one author knows alone about an element. */
export class Secret extends SecretSchema.class {}
SecretSchema.setClass(Secret)
