import { Author } from './author.ts'
import { Relation } from './relation.ts'
import { Secret } from './secret.ts'
import { Tag } from './tag.ts'
import { ElementTag, WorldElement } from './world-element.ts'
import { World } from './world.ts'

/** Every model of the application, with how its table is tracked. */
export const trackedModels = [
  [Author, { label: 'name' }],
  [World, { scope: 'id', label: 'name' }],
  [WorldElement, { scope: 'world_id', label: 'name', ignore: ['updated_at'], redact: ['secret_notes'] }],
  [Relation, {}],
  [Tag, { scope: 'world_id', label: 'name' }],
  [ElementTag, {}],
  // a secret belongs to its owner: whoever sees other scopes sees no version of it
  [Secret, { scope: 'owner_id' }],
] as const
