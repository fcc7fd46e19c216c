import { z } from 'zod'

import type { JsonObject, JsonValue } from '../../core/json.ts'

/** Any JSON. Read responses with `parseJson` where numbers have to stay exactly as PostgreSQL wrote them. */
export const jsonValue = z.custom<JsonValue>().meta({ title: 'Json', description: 'Any JSON value.' })

/** Any JSON object. */
export const jsonObject = z
  .custom<JsonObject>((value) => typeof value === 'object' && value !== null && !Array.isArray(value))
  .meta({ title: 'JsonObject', type: 'object', description: 'Any JSON object.' })

/** The id of an entry, or of a transaction: a bigint as decimal text. */
export const decimalId = z
  .string()
  .regex(/^(?:0|[1-9]\d{0,18})$/, 'must be a decimal number of at most 19 digits')
  .refine(
    (text) => !/^\d{19}$/.test(text) || BigInt(text) <= 9_223_372_036_854_775_807n,
    'is larger than any id',
  )
  .meta({ title: 'EntryId', examples: ['42'] })

/** A transaction's id: an xid8 as decimal text. */
export const transactionId = z
  .string()
  .regex(/^(?:0|[1-9]\d{0,19})$/, 'must be a decimal number of at most 20 digits')
  .refine(
    (text) => !/^\d{20}$/.test(text) || BigInt(text) < 2n ** 64n,
    'is larger than any id of a transaction',
  )
  .meta({ title: 'TransactionId', examples: ['7411'] })

/** A text that PostgreSQL can hold. */
export const storableText = z
  .string()
  .refine((text) => !text.includes('\0') && text.isWellFormed(), 'holds what PostgreSQL cannot store')

/** What an entry records. */
export const action = z
  .enum(['insert', 'update', 'delete', 'read', 'snapshot', 'erase'])
  .meta({ title: 'Action' })

/** `{ before, after }`: only what changed; `redacted` names columns whose values are in no entry. */
const changes = z
  .object({
    before: jsonObject.optional(),
    after: jsonObject.optional(),
    redacted: z.array(z.string()).readonly().optional(),
  })
  .readonly()
  .meta({ title: 'Changes' })

/** One entry of the log. `changes` and `label` are there where `include` asks for them. */
export const entry = z
  .object({
    id: decimalId,
    elementType: z.string(),
    elementId: z.string(),
    scope: z.string().nullable(),
    userId: z.string().nullable(),
    timestamp: z.string().meta({ description: 'UTC with microseconds.' }),
    action,
    transactionId,
    context: jsonObject.nullable(),
    fields: z.array(z.string()).readonly().meta({ description: 'The columns that changed, in order.' }),
    changes: changes.nullable().optional(),
    label: z.string().nullable().optional().meta({
      description: 'By which people knew the element right after this entry; null where the log has none.',
    }),
  })
  .readonly()
  .meta({ title: 'Entry' })

/** What an element was, or that it cannot be known. */
export const elementState = z
  .discriminatedUnion('isKnown', [
    z
      .object({
        elementType: z.string(),
        elementId: z.string(),
        isKnown: z.literal(true),
        state: jsonObject,
      })
      .readonly(),
    z
      .object({
        elementType: z.string(),
        elementId: z
          .string()
          .nullable()
          .meta({ description: 'null: what may have existed without a trace.' }),
        isKnown: z.literal(false),
        state: z.null(),
      })
      .readonly(),
  ])
  .meta({ title: 'ElementState' })

/** One difference between two documents, by JSON Pointer. */
export const documentChange = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('added'), path: z.string(), after: jsonValue }).readonly(),
    z.object({ kind: z.literal('removed'), path: z.string(), before: jsonValue }).readonly(),
    z
      .object({ kind: z.literal('changed'), path: z.string(), before: jsonValue, after: jsonValue })
      .readonly(),
    z.object({ kind: z.literal('moved'), path: z.string(), from: z.string() }).readonly(),
  ])
  .meta({ title: 'DocumentChange' })

/** What stands in the way of an undo. */
const conflict = z
  .object({
    kind: z.enum(['changed', 'gone', 'exists', 'referenced']),
    elementType: z.string(),
    elementId: z.string(),
    path: z.string().meta({ description: 'JSON Pointer into the element; empty: the whole of it.' }),
    entryId: decimalId.meta({ description: 'The entry that was to be undone.' }),
    laterId: decimalId
      .nullable()
      .meta({ description: 'The newest entry in between; null: none that is seen.' }),
  })
  .readonly()
  .meta({ title: 'Conflict' })

/** What an undo or a restore wrote, or would write. */
export const undone = z
  .object({
    changes: z
      .array(
        z
          .object({
            elementType: z.string(),
            elementId: z.string(),
            action: z.enum(['insert', 'update', 'delete']),
            changes,
            fields: z.array(z.string()).readonly(),
            undoes: z.array(decimalId).readonly(),
          })
          .readonly(),
      )
      .readonly()
      .meta({ description: 'The writes in their order. None: everything is so already.' }),
    conflicts: z.array(conflict).readonly(),
    omitted: z
      .array(
        z
          .object({
            elementType: z.string(),
            elementId: z.string(),
            column: z.string(),
            reason: z.enum(['dropped', 'redacted', 'ignored']),
            entryId: decimalId,
          })
          .readonly(),
      )
      .readonly()
      .meta({ description: 'Columns that do not come back.' }),
  })
  .readonly()
  .meta({ title: 'Undone' })

/** A named version: the state of an element right after an entry. */
export const version = z
  .object({
    id: decimalId,
    elementType: z.string(),
    elementId: z.string(),
    entryId: decimalId,
    name: z.string(),
    userId: z.string().nullable(),
    timestamp: z.string().meta({ description: 'When it was named. UTC with microseconds.' }),
  })
  .readonly()
  .meta({ title: 'Version' })

/** What went wrong (RFC 9457). */
export const problem = z
  .object({
    type: z.string().meta({ description: 'A page that explains it, relative to the request.' }),
    code: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    hint: z.string().optional(),
    errors: z
      .array(
        z
          .object({
            pointer: z.string().meta({
              description:
                'Into the body, such as `/reason`; a parameter is `?limit`, one of the path `{id}`.',
            }),
            code: z.string(),
            message: z.string(),
          })
          .readonly(),
      )
      .readonly()
      .optional(),
    conflicts: z.array(conflict).readonly().optional(),
    id: z.string().optional().meta({ description: 'Of a failure of the server: the same as in its log.' }),
  })
  .readonly()
  .meta({ title: 'Problem' })

export type EntryBody = z.infer<typeof entry>
export type ConflictBody = z.infer<typeof conflict>
export type UndoneBody = z.infer<typeof undone>
export type VersionBody = z.infer<typeof version>
export type ProblemBody = z.infer<typeof problem>
