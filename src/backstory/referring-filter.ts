import type { TableReference } from '../orm/tables/references.ts'
import type { CheckOptions } from './check.ts'
import type { EntryFilter, OneOrMore } from './entry-filter.ts'

/** A filter of entries whose tables may be entities, models or tables of an ORM. */
export interface ReferringFilter extends Omit<EntryFilter, 'elementType'> {
  /** A table, by its name of today or one that it had, or by whatever an ORM knows it by. */
  readonly elementType?: OneOrMore<TableReference>
}

/** The same filter, with every table by its name. */
export function withElementTypes(
  { elementType, ...filter }: ReferringFilter,
  typeOf: (reference: TableReference) => string,
): EntryFilter {
  if (elementType === undefined) return filter
  return { ...filter, elementType: isList(elementType) ? elementType.map(typeOf) : typeOf(elementType) }
}

/** What to check, by a table that may be an entity, model or table of an ORM. */
export interface ReferringCheck extends Omit<CheckOptions, 'elementType'> {
  /** Only elements of this type, by its name of today or one that it had, or by whatever an ORM knows it by. */
  readonly elementType?: TableReference
}

/** The same check, with its table by its name. */
export function withElementType(
  { elementType, ...options }: ReferringCheck,
  typeOf: (reference: TableReference) => string,
): CheckOptions {
  return elementType === undefined ? options : { ...options, elementType: typeOf(elementType) }
}

function isList(references: OneOrMore<TableReference>): references is readonly TableReference[] {
  return Array.isArray(references)
}
