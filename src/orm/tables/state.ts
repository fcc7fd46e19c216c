import type { JsonNumber, JsonObject, JsonValue } from '../../core/json.ts'
import type { ColumnImage, DocumentImage, NonFinite } from './images.ts'
import type {
  DrizzleTable,
  EntityClass,
  MikroOrmSchema,
  NamedTable,
  PrismaModel,
  SequelizeModel,
  TableReference,
} from './references.ts'

/**
 * The state of an element, by the columns of its table, from what an ORM says of the table's rows. A state is JSON as
 * PostgreSQL writes it, not an entity: dates are texts, and columns go by the names that they have in the database, also
 * where the entity has others. Any key may be missing: what is ignored or redacted is in no state.
 *
 * @example
 * type AccountState = StateOf<typeof accounts> // { readonly id?: number; readonly openedAt?: string | null; … }
 */
export type StateOf<Reference extends TableReference> = Reference extends string
  ? JsonObject
  : Reference extends NamedTable<infer Row>
    ? State<{ readonly [Key in keyof Row]: ColumnImage<Row[Key]> }>
    : Reference extends DrizzleTable<infer Columns>
      ? State<{
          readonly [Key in keyof Columns as Columns[Key]['_']['name']]: DrizzleImage<Columns[Key]['_']>
        }>
      : Reference extends PrismaModel<infer Scalars>
        ? State<{ readonly [Key in keyof Scalars]: PrismaImage<Scalars[Key]> }>
        : Reference extends SequelizeModel<infer Attributes>
          ? State<{ readonly [Key in keyof Attributes]: ColumnImage<Attributes[Key]> }>
          : Reference extends MikroOrmSchema<infer Entity>
            ? EntityState<Entity>
            : Reference extends EntityClass<infer Entity>
              ? EntityState<Entity>
              : JsonObject

/** Some columns that are known, beside any other. */
type State<Columns> = { readonly [Column in keyof Columns]?: Columns[Column] } & {
  readonly [column: string]: JsonValue | undefined
}

// methods are no columns
type EntityState<Entity> = State<{
  readonly [
    Key in keyof Entity & string as Entity[Key] extends (...args: never[]) => unknown ? never : Key
  ]: ColumnImage<Entity[Key]>
}>

interface DrizzleColumnType {
  readonly name: string
  readonly columnType: string
  readonly data: unknown
  readonly notNull: boolean
}

type DrizzleImage<Column extends DrizzleColumnType> =
  | (Column['notNull'] extends true ? never : null)
  | DrizzleValue<Column['columnType'], Column['data']>

type DrizzleValue<Type extends string, Data> = Type extends
  | `Pg${'Small' | ''}${'Int' | 'Serial'}`
  | 'PgInteger'
  ? number
  : Type extends `PgBig${string}`
    ? number | JsonNumber
    : Type extends `PgNumeric${string}` | 'PgReal' | 'PgDoublePrecision'
      ? number | JsonNumber | NonFinite
      : Type extends 'PgJson' | 'PgJsonb'
        ? DocumentImage<Data>
        : Type extends 'PgBoolean' | 'PgArray' | 'PgCustomColumn'
          ? ColumnImage<Data>
          : Data extends string
            ? Data
            : string

// Prisma has types of its own for numeric and bigint, so that a text is a text
type PrismaImage<Value> = Value extends string
  ? Value
  : Value extends readonly (infer Item)[]
    ? readonly PrismaImage<Item>[]
    : ColumnImage<Value>
