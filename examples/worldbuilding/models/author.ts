import { defineEntity, p } from '@mikro-orm/postgresql'

const AuthorSchema = defineEntity({
  name: 'Author',
  tableName: 'authors',
  audited: { label: 'name' },
  properties: {
    id: p.text().primary(),
    name: p.text(),
  },
})

/** Who writes: known by a short name. */
export class Author extends AuthorSchema.class {}
AuthorSchema.setClass(Author)
