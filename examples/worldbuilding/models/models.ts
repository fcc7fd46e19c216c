import { Author } from './author.ts'
import { Relation } from './relation.ts'
import { Secret } from './secret.ts'
import { Tag } from './tag.ts'
import { ElementTag, WorldElement } from './world-element.ts'
import { World } from './world.ts'

/** The models of the application. Each says by `audited` how it is recorded. */
export const models = [Author, World, WorldElement, Relation, Tag, ElementTag, Secret]
