import { BackstoryError } from '../../core/errors.ts'
import type { TrackOptions } from '../../db/track.ts'

/**
 * How a model is tracked, said beside it: the options of `track` by the names of its properties, or of columns. The way of
 * capture is said where the ORM is set up.
 */
export type AuditedOptions = Omit<TrackOptions, 'capture'>

/** What a property can be marked as: an option of `track` that names its column. */
export type ColumnMark = 'scope' | 'label' | 'ignore' | 'redact'

/** A property that is marked: by its path, where it is inside of embedded ones. */
export interface MarkedProperty {
  readonly property: string
  readonly mark: ColumnMark
}

/** A decorator of classes: both of the standard and of `experimentalDecorators`. */
export type ClassMark = <Class extends abstract new (...args: never[]) => object>(target: Class) => Class

/** A decorator of properties, of either kind. */
export type PropertyMark = (
  target: unknown,
  place: string | symbol | StandardPlace,
  descriptor?: unknown,
) => void

/** What a standard decorator is told of the property. */
interface StandardPlace {
  readonly name: string | symbol
  readonly metadata: object | undefined
}

/**
 * Marks an entity class of MikroORM or TypeORM as audited: `auditExtension`, `audited` and `trackAudited` find it, and
 * `track` takes its options from there. `@Audited.scope()`, `.label()`, `.ignore()` and `.redact()` mark its properties, and
 * those of its base classes and embedded classes. See docs/guide/orms.md.
 *
 * @throws BackstoryError `invalid_argument` on what is no class, `invalid_option` on a property that is marked already
 * @example
 * @Audited({ snapshotEvery: 100 })
 * @Entity()
 * class Account {
 *   @Audited.redact()
 *   @Property()
 *   iban!: string
 * }
 */
export function Audited(options: AuditedOptions = {}): ClassMark {
  if (typeof options !== 'object') throw invalid('It is a call: write @Audited().')
  return (target) => {
    if (typeof target !== 'function') {
      throw invalid(
        'Audited marks classes. Schemas of entities have an option audited, tables of Drizzle the function of backstory/drizzle.',
      )
    }
    return markAudited(target, options)
  }
}
/** Marks the property whose column says what an element belongs to. */
Audited.scope = (): PropertyMark => markProperty('scope')
/** Marks the property by which people know an element. */
Audited.label = (): PropertyMark => markProperty('label')
/** Marks a property that is neither recorded nor reason enough for an entry. */
Audited.ignore = (): PropertyMark => markProperty('ignore')
/** Marks a property whose changes are recorded, and whose values are not. */
Audited.redact = (): PropertyMark => markProperty('redact')

/** Marks a definition as audited, and gives it back. */
export function markAudited<Definition extends object>(
  definition: Definition,
  options: AuditedOptions,
): Definition {
  Object.defineProperty(definition, keyOfMark, { value: options, configurable: true })
  return definition
}

/** What a definition is marked with itself: that of a base class is not inherited. */
export function markOf(definition: unknown): AuditedOptions | undefined {
  if (!isObject(definition) || !Object.hasOwn(definition, keyOfMark)) return undefined
  // only markAudited() writes under this key
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- and backstory.track checks what is in it
  return Reflect.get(definition, keyOfMark) as AuditedOptions
}

/** The properties of a class that are marked, those of its base classes too. */
export function markedPropertiesOf(target: unknown): readonly MarkedProperty[] {
  if (typeof target !== 'function') return []
  const { prototype } = target
  const keyOfMetadata: unknown = Reflect.get(Symbol, 'metadata')
  const metadata: unknown = typeof keyOfMetadata === 'symbol' ? Reflect.get(target, keyOfMetadata) : undefined
  const marks = new Map([...chainOf(metadata), ...chainOf(prototype)].toReversed().flatMap(readMarks))
  return [...marks].map(([property, mark]) => ({ property, mark }))
}

/** The same of a class that is embedded under a path. */
export function embeddedPropertiesOf(target: unknown, path: string): readonly MarkedProperty[] {
  return markedPropertiesOf(target).map(({ property, mark }) => ({ property: `${path}.${property}`, mark }))
}

// two copies of this package in one process know each other's
const keyOfMark = Symbol.for('backstory.audited')
const keyOfProperties = Symbol.for('backstory.audited.properties')

function markProperty(mark: ColumnMark): PropertyMark {
  return (target, place) => {
    const isStandard = typeof place === 'object'
    const holder = isStandard ? place.metadata : target
    const name = isStandard ? place.name : place
    if (!isObject(holder) || typeof name !== 'string') {
      throw invalid(
        `@Audited.${mark}() needs the metadata of decorators. Import the decorators of your ORM before it is used, or set Symbol.metadata.`,
      )
    }
    const marks = Object.hasOwn(holder, keyOfProperties) ? readMarks(holder) : []
    const before = marks.find(([property]) => property === name)
    if (before !== undefined) {
      throw new BackstoryError(
        'invalid_option',
        `${name} is marked twice: @Audited.${before[1]}() and @Audited.${mark}(). A property has one mark; the options of @Audited can name it again.`,
      )
    }
    Object.defineProperty(holder, keyOfProperties, { value: [...marks, [name, mark]], configurable: true })
  }
}

function* chainOf(target: unknown): Generator<object> {
  for (let link = target; isObject(link); link = Object.getPrototypeOf(link)) {
    if (Object.hasOwn(link, keyOfProperties)) yield link
  }
}

function readMarks(holder: object): readonly (readonly [string, ColumnMark])[] {
  // only markProperty() writes under this key
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what it writes is of this type
  return Reflect.get(holder, keyOfProperties) as readonly (readonly [string, ColumnMark])[]
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

function invalid(message: string): BackstoryError {
  return new BackstoryError('invalid_argument', message)
}
