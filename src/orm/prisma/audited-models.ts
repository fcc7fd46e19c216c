import { BackstoryError } from '../../core/errors.ts'
import { formatElementType } from '../../db/element-type.ts'
import type { TrackOptions } from '../../db/track.ts'
import { parseColumnMark, settleOptions, type Model } from '../marks/model.ts'

/** A model of a Prisma schema that is marked, as its table is in the database. */
export interface AuditedModel {
  /** The name of the table, for `track` and `trackSql`. */
  readonly table: string
  /** The columns of its primary key, for `auditAdapter`. */
  readonly key: readonly string[]
  /** As its fields are marked. */
  readonly options: TrackOptions
}

/**
 * Reads from the text of a Prisma schema which models are marked with `/// @audited`, and which of their fields with
 * `/// @audited.scope`, `.label`, `.ignore` or `.redact`. The table between two models of an implicit relation of many to many goes
 * with them if one of them is marked.
 *
 * @throws BackstoryError `invalid_argument` for a marked model without `@id` or `@@id`, and for a mark that is none of these
 *
 * @example
 * const models = auditedModels(await readFile('prisma/schema.prisma', 'utf8'))
 * models.map(({ table, options }) => trackSql(table, options)) // for a migration
 * auditAdapter(adapter, { tables: models }) // for listener capture
 */
export function auditedModels(schema: string): readonly AuditedModel[] {
  const models = readModels(schema)
  const marked = models.filter(({ marks }) => marks.includes('@audited'))
  return [...marked.map((model) => toAuditedModel(model, models)), ...betweenModels(models, new Set(marked))]
}

/** Describes a model by the text of its schema. */
export function describePrismaModel(schema: string, name: string): Model | undefined {
  const models = readModels(schema)
  const found = models.find((model) => model.name === name)
  return found === undefined ? undefined : describe(found, models)
}

interface SchemaModel {
  readonly name: string
  readonly marks: readonly string[]
  readonly fields: readonly Field[]
  /** What begins with `@@`. */
  readonly attributes: readonly string[]
}

interface Field {
  readonly name: string
  readonly type: string
  readonly attributes: string
  readonly marks: readonly string[]
}

const marksOfModels = ['@audited']
const marksOfFields = ['@audited.scope', '@audited.label', '@audited.ignore', '@audited.redact']

function readModels(schema: string): readonly SchemaModel[] {
  return [...schema.matchAll(/((?:^[ \t]*\/\/\/.*\n)*)^[ \t]*model\s+(\w+)\s*\{([\s\S]*?)^[ \t]*\}/gm)].map(
    ([, comments = '', name = '', body = '']) => ({
      name,
      marks: readMarks(comments, marksOfModels, name),
      fields: [...readFields(body, name)],
      attributes: body.split('\n').flatMap((line) => /^\s*(@@.*)/.exec(line)?.[1] ?? []),
    }),
  )
}

function* readFields(body: string, model: string): Generator<Field> {
  let above = ''
  for (const line of body.split('\n')) {
    const [, name, type, attributes = '', comment = ''] =
      /^\s*(\w+)\s+([\w.]+(?:\(.*?\))?(?:\[\]|\?)?)(.*?)(\/\/.*)?$/.exec(line) ?? []
    if (name !== undefined && type !== undefined) {
      yield {
        name,
        type,
        attributes,
        marks: readMarks(`${above}\n${comment}`, marksOfFields, `${model}.${name}`),
      }
    }
    above = /^\s*\/\/\//.test(line) ? `${above}\n${line}` : ''
  }
}

function readMarks(comments: string, known: readonly string[], owner: string): readonly string[] {
  const marks = comments
    .split('\n')
    .filter((line) => line.trimStart().startsWith('///'))
    .flatMap((line) => line.match(/@audited[\w.]*/g) ?? [])
  const unknown = marks.find((mark) => !known.includes(mark))
  if (unknown === undefined) return marks
  throw invalid(`${owner} is marked ${unknown} in the Prisma schema; there it can be ${known.join(' or ')}.`)
}

function toAuditedModel(model: SchemaModel, models: readonly SchemaModel[]): AuditedModel {
  const key = keyOf(model)
  if (key.length === 0) {
    throw invalid(`Model ${model.name} of the Prisma schema is marked @audited and has neither @id nor @@id.`)
  }
  const described = describe(model, models)
  const { schema = 'public', name } = described.table
  return { table: formatElementType(schema, name), key, options: settleOptions(described, {}) }
}

function describe(model: SchemaModel, models: readonly SchemaModel[]): Model {
  const isRelation = ({ type }: Field) => models.some(({ name }) => name === type.replace(/\[\]$|\?$/, ''))
  return {
    name: model.name,
    table: { schema: argumentOf(model, 'schema'), name: argumentOf(model, 'map') ?? model.name },
    audited: model.marks.includes('@audited') ? {} : undefined,
    marked: model.fields.flatMap(({ name, marks }) =>
      marks.flatMap((text) => {
        const mark = parseColumnMark(text.slice('@audited.'.length), `${model.name}.${name}`)
        return mark === undefined ? [] : [{ property: name, mark }]
      }),
    ),
    columns: new Map(model.fields.map((field) => [field.name, isRelation(field) ? [] : [columnOf(field)]])),
  }
}

function keyOf({ fields, attributes }: SchemaModel): readonly string[] {
  const list = attributes.flatMap(
    (attribute) => /^@@id\((?:fields:\s*)?\[(.*?)\]/.exec(attribute)?.[1] ?? [],
  )[0]
  const names =
    list?.split(',').map((part) => part.trim().replace(/\(.*$/, '')) ??
    fields.filter(({ attributes: own }) => /@id\b/.test(own)).map(({ name }) => name)
  return names.map((name) => {
    const field = fields.find((candidate) => candidate.name === name)
    return field === undefined ? name : columnOf(field)
  })
}

function columnOf({ name, attributes }: Field): string {
  return /@map\((?:name:\s*)?"([^"]*)"\)/.exec(attributes)?.[1] ?? name
}

function argumentOf({ attributes }: SchemaModel, attribute: string): string | undefined {
  const form = new RegExp(`^@@${attribute}\\((?:name:\\s*)?"([^"]*)"\\)`)
  return attributes.flatMap((text) => form.exec(text)?.[1] ?? [])[0]
}

/** The tables of implicit relations: both sides are lists, and there is no model between them. */
function betweenModels(
  models: readonly SchemaModel[],
  marked: ReadonlySet<SchemaModel>,
): readonly AuditedModel[] {
  const tables = new Map<string, AuditedModel>()
  for (const model of models) {
    for (const field of model.fields.filter(({ type }) => type.endsWith('[]'))) {
      const other = models.find(({ name }) => `${name}[]` === field.type)
      const relation = relationOf(field)
      const isImplicit = other?.fields.some(
        (back) => back !== field && back.type === `${model.name}[]` && relationOf(back) === relation,
      )
      if (other === undefined || isImplicit !== true || !(marked.has(model) || marked.has(other))) continue
      // it is in the schema of the model that comes first by name
      const [first, second] = model.name <= other.name ? [model, other] : [other, model]
      const name = `_${relation ?? `${first.name}To${second.name}`}`
      const schema = argumentOf(first, 'schema') ?? 'public'
      const key = ['A', 'B']
      tables.set(name, { table: formatElementType(schema, name), key, options: { key } })
    }
  }
  return [...tables.values()]
}

function relationOf({ attributes }: Field): string | undefined {
  return /@relation\((?:name:\s*)?"([^"]*)"/.exec(attributes)?.[1]
}

function invalid(message: string): BackstoryError {
  return new BackstoryError('invalid_argument', message)
}
