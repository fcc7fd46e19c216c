import { readSequelizeModel } from '../tables/sequelize.ts'
import type { AuditedOptions } from './audited.ts'
import { parseAudited, parseColumnMark, type Model } from './model.ts'

/** A model of Sequelize, as far as its marks are concerned. */
interface SequelizeModel {
  readonly name: string
  readonly options: object
  readonly rawAttributes: Readonly<Record<string, SequelizeAttribute>>
  readonly associations: Readonly<Record<string, SequelizeAssociation>>
}

interface SequelizeAttribute {
  readonly field?: string
  readonly type?: { readonly key?: string }
  readonly audited?: unknown
}

interface SequelizeAssociation {
  readonly source: unknown
  readonly target: unknown
  readonly through?: { readonly model?: unknown }
}

/** Describes a model of Sequelize: its option `audited`, and that of its attributes. */
export function describeSequelizeModel(reference: object): Model | undefined {
  const table = readSequelizeModel(reference)
  if (table === undefined || !isModel(reference)) return undefined
  const { name, rawAttributes } = reference
  const attributes = Object.entries(rawAttributes)
  return {
    name,
    table,
    audited: auditedOf(reference),
    marked: attributes.flatMap(([property, { audited }]) => {
      const mark = parseColumnMark(audited, `${name}.${property}`)
      return mark === undefined ? [] : [{ property, mark }]
    }),
    columns: new Map(
      attributes.map(([property, { field = property, type }]) => [
        property,
        type?.key === 'VIRTUAL' ? [] : [field],
      ]),
    ),
  }
}

/** The models that are marked, and those between one of them and another. */
export function auditedSequelizeModels(models: object): readonly object[] {
  const all = Object.values(models).filter(isModel)
  const marked = new Set<unknown>(all.filter((model) => auditedOf(model) !== undefined))
  const between = new Set(
    all
      .flatMap(({ associations }) => Object.values(associations))
      .filter(({ source, target }) => marked.has(source) || marked.has(target))
      .map(({ through }) => through?.model),
  )
  return all.filter((model) => marked.has(model) || between.has(model))
}

function auditedOf({ name, options, rawAttributes }: SequelizeModel): AuditedOptions | undefined {
  const audited = parseAudited(Reflect.get(options, 'audited'), name)
  // a model that Sequelize has made between two of yours has the options of one of them
  if (audited === undefined || !('through' in options)) return audited
  const ignore = audited.ignore?.filter((property) => property in rawAttributes) ?? []
  return ignore.length === 0 ? {} : { ignore }
}

function isModel(value: unknown): value is SequelizeModel {
  return typeof value === 'function' && 'rawAttributes' in value && 'associations' in value
}
