/** A table's name that says what its rows are: what `tableOf` gives. */
export interface NamedTable<Row> {
  readonly kind: 'table'
  readonly tableName: string
  /** Of the type alone: it has no value. */
  readonly row?: Row
}

/** A table of Drizzle, as far as its type is needed. */
export interface DrizzleTable<Columns extends DrizzleColumns = DrizzleColumns> {
  readonly _: { readonly brand: 'Table'; readonly name: string; readonly columns: Columns }
}

type DrizzleColumns = Readonly<
  Record<
    string,
    {
      readonly _: {
        readonly name: string
        readonly columnType: string
        readonly data: unknown
        readonly notNull: boolean
      }
    }
  >
>

/** A model of a Prisma client, `prisma.account`, as far as its type is needed. */
export interface PrismaModel<Scalars = object> {
  readonly [key: symbol]: { readonly types: { readonly payload: { readonly scalars: Scalars } } }
  findUnique(...args: never[]): unknown
}

/** A model of Sequelize, as far as its type is needed. */
export type SequelizeModel<Attributes = object> = (abstract new (...args: never[]) => {
  readonly _attributes: Attributes
}) & {
  getTableName(): unknown
}

/** An entity of MikroORM's `defineEntity`, or its `EntitySchema`, as far as its type is needed. */
export interface MikroOrmSchema<Entity = object> {
  readonly meta: object
  readonly '~entity'?: Entity
}

/** An `EntitySchema` of TypeORM, as far as its type is needed. */
export interface TypeormSchema {
  readonly '@instanceof': symbol
  readonly options: { readonly name: string }
}

/** A class of entities, of MikroORM or TypeORM. */
export type EntityClass<Entity = object> = abstract new (...args: never[]) => Entity

/**
 * A table: its name, or whatever an ORM knows it by. A table of Drizzle, a model of Sequelize or of a Prisma client, an
 * entity class or schema of MikroORM or TypeORM, a `tableOf('accounts')`. An entity whose table the ORM names needs
 * `createBackstory(pool, { orm })`.
 */
export type TableReference =
  | string
  | NamedTable<unknown>
  | DrizzleTable
  | PrismaModel
  | SequelizeModel
  | MikroOrmSchema
  | TypeormSchema
  | EntityClass

/** What knows the tables of entities: a `DataSource` of TypeORM or the `MikroORM`, once it is initialised. */
export interface EntityMetadataSource {
  getMetadata(entity: never): unknown
}

/** A table with its schema, as an ORM names it. */
export interface NamedInSchema {
  /** Default: `public`. */
  readonly schema?: string | undefined
  readonly name: string
}
