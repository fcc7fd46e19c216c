import { z } from 'zod'

import * as answers from './answers.ts'
import { restoreBody, undoBody } from './bodies.ts'
import type { Capability } from './capabilities.ts'
import * as parameters from './parameters.ts'
import * as values from './values.ts'

/**
 * Every route, and what goes in and out of it: requests are validated by it, the types of the viewer and the OpenAPI
 * document come from it. Elements are named by parameters and not by a path: an id may hold slashes and dots, or be
 * empty, and proxies decode them.
 */
export const routes = {
  me: {
    method: 'GET',
    path: '/me',
    can: 'read',
    summary: 'What the caller may see and do',
    query: z.strictObject({}),
    response: answers.me,
  },
  entries: {
    method: 'GET',
    path: '/entries',
    can: 'read',
    summary: 'Entries, newest first; with elementType and elementId the timeline of an element',
    query: z.strictObject({
      ...parameters.filter,
      order: parameters.order,
      ...parameters.page,
      include: parameters.include,
    }),
    response: answers.entryPage,
  },
  count: {
    method: 'GET',
    path: '/entries/count',
    can: 'read',
    summary: 'How many entries there are: exact up to a limit, estimated beyond',
    query: z.strictObject({
      ...parameters.filter,
      exactUpTo: parameters.wholeNumber(0, 100_000).default(10_000),
    }),
    response: z.object({ count: z.int(), exact: z.boolean() }),
  },
  entry: {
    method: 'GET',
    path: '/entries/{id}',
    can: 'read',
    summary: 'One entry, and what came with it: the first entries of its transaction',
    params: z.strictObject({ id: values.decimalId }),
    query: z.strictObject({}),
    response: z.object({
      entry: values.entry,
      together: z.array(values.entry).readonly().meta({
        description:
          'Up to 50 entries of the transaction, oldest first, this one among them if it is of the first.',
      }),
      more: z.boolean().meta({ description: 'Whether the transaction has more.' }),
      previousId: values.decimalId
        .nullable()
        .meta({ description: 'The entry of the element before this one.' }),
      nextId: values.decimalId.nullable().meta({ description: 'The entry of the element after this one.' }),
    }),
  },
  transaction: {
    method: 'GET',
    path: '/transactions/{id}',
    can: 'read',
    summary: 'A transaction: its entries, oldest first',
    params: z.strictObject({ id: values.transactionId }),
    query: z.strictObject({ ...parameters.page, include: parameters.include }),
    response: answers.entryPage,
  },
  element: {
    method: 'GET',
    path: '/element',
    can: 'read',
    summary: 'An element at a glance',
    query: z.strictObject(parameters.element),
    response: z.object({
      elementType: z.string(),
      elementId: z.string(),
      label: z.string().nullable(),
      deleted: z.boolean().meta({ description: 'Whether the newest change that is seen is its deletion.' }),
      first: values.entry.nullable(),
      latest: values.entry.nullable(),
      count: z.object({ count: z.int(), exact: z.boolean() }),
    }),
  },
  state: {
    method: 'GET',
    path: '/element/state',
    can: 'read',
    summary: 'What an element was at a time, right after an entry, or is now',
    query: z.strictObject({ ...parameters.element, ...parameters.moment }),
    response: z.object({
      state: values.jsonObject.nullable().meta({ description: 'null: it did not exist.' }),
    }),
  },
  diff: {
    method: 'GET',
    path: '/element/diff',
    can: 'read',
    summary: 'What differs between two moments of an element; the second is now unless it is given',
    query: z.strictObject({
      ...parameters.element,
      from: parameters.time.optional(),
      fromEntry: values.decimalId.optional(),
      to: parameters.time.optional(),
      toEntry: values.decimalId.optional(),
    }),
    response: z.object({
      before: values.jsonObject.nullable(),
      after: values.jsonObject.nullable(),
      changes: z.array(values.documentChange).readonly(),
    }),
  },
  blame: {
    method: 'GET',
    path: '/element/blame',
    can: 'read',
    summary: 'Who last set each value of an element',
    query: z.strictObject({ ...parameters.element, ...parameters.moment }),
    response: z.object({
      leaves: z
        .array(
          z.object({
            path: z.string(),
            value: values.jsonValue,
            entry: z
              .object({
                id: values.decimalId,
                userId: z.string().nullable(),
                timestamp: z.string(),
                action: values.action,
              })
              .nullable()
              .meta({ description: 'null: nobody is known, or none that the caller may see.' }),
          }),
        )
        .readonly(),
    }),
  },
  field: {
    method: 'GET',
    path: '/element/field',
    can: 'read',
    summary: 'The history of one value of an element',
    query: z.strictObject({
      ...parameters.element,
      path: values.storableText
        .min(1)
        .max(1000)
        .meta({ examples: ['attributes.rank'] }),
      ...parameters.page,
    }),
    response: z.object({
      entries: z.array(values.entry).readonly().meta({ description: 'With `changes`, newest first.' }),
      nextCursor: z.string().nullable(),
    }),
  },
  typeStates: {
    method: 'GET',
    path: '/type/states',
    can: 'read',
    summary:
      'What the elements of a table were at a time, right after an entry, or right after a transaction; as NDJSON all of them',
    query: z.strictObject({
      elementType: parameters.element.elementType,
      ...parameters.wholeMoment,
      ...parameters.whichStates,
      ...parameters.page,
    }),
    response: answers.statePage,
    produces: ['application/x-ndjson'],
  },
  scopeStates: {
    method: 'GET',
    path: '/scope/states',
    can: 'read',
    summary: 'What a scope was, with everything in it; as NDJSON all of it',
    query: z.strictObject({
      scope: values.storableText,
      ...parameters.wholeMoment,
      unknown: parameters.whichStates.unknown,
      ...parameters.page,
    }),
    response: answers.statePage,
    produces: ['application/x-ndjson'],
  },
  deleted: {
    method: 'GET',
    path: '/deleted',
    can: 'read',
    summary: 'Elements that are gone: their deletions, newest first',
    query: z.strictObject({ ...parameters.filter, ...parameters.page, include: parameters.include }),
    response: answers.entryPage,
  },
  facets: {
    method: 'GET',
    path: '/facets',
    can: 'read',
    summary:
      'The most frequent actors, actions, types and scopes of a filter; of the last 30 days unless since is given',
    query: z.strictObject({ ...parameters.filter, top: parameters.wholeNumber(1, 100).default(20) }),
    response: z.object({
      since: z.string().nullable(),
      userId: z.array(z.object({ value: z.string().nullable(), count: z.int() })).readonly(),
      action: z.array(z.object({ value: values.action, count: z.int() })).readonly(),
      elementType: z.array(z.object({ value: z.string(), count: z.int() })).readonly(),
      scope: z.array(z.object({ value: z.string().nullable(), count: z.int() })).readonly(),
    }),
  },
  activity: {
    method: 'GET',
    path: '/activity',
    can: 'read',
    summary: 'Counts by day, actor and so on; of the last 365 days unless since is given',
    query: z.strictObject({
      ...parameters.filter,
      by: z
        .union([z.array(parameters.countKey).min(1).max(4), parameters.countKey.transform((one) => [one])])
        .default(['day']),
      timeZone: parameters.timeZone,
    }),
    response: z.object({
      since: z.string().nullable(),
      counts: z
        .array(
          z.object({
            hour: z.string().optional(),
            day: z.string().optional(),
            week: z.string().optional(),
            month: z.string().optional(),
            userId: z.string().nullable().optional(),
            action: values.action.optional(),
            elementType: z.string().optional(),
            scope: z.string().nullable().optional(),
            count: z.int(),
          }),
        )
        .readonly(),
    }),
  },
  watch: {
    method: 'GET',
    path: '/watch',
    can: 'watch',
    summary:
      'Committed entries as server-sent events: `entry` events whose id is the cursor; resumed by Last-Event-ID or after',
    query: z.strictObject({
      ...parameters.filter,
      after: z.string().max(100_000).optional(),
      from: z.enum(['now', 'beginning']).default('now'),
      include: parameters.include,
    }),
    response: null,
    produces: ['text/event-stream'],
  },
  export: {
    method: 'GET',
    path: '/export',
    can: 'export',
    summary:
      'Every entry of a filter, oldest first by default; NDJSON or CSV by Accept or format. Recorded in the log',
    query: z.strictObject({
      ...parameters.filter,
      order: z.enum(['newest', 'oldest']).default('oldest'),
      format: z.enum(['ndjson', 'csv']).optional(),
    }),
    response: null,
    produces: ['application/x-ndjson', 'text/csv'],
  },
  versions: {
    method: 'GET',
    path: '/versions',
    can: 'read',
    summary: 'The named versions of an element, newest first',
    query: z.strictObject(parameters.element),
    response: z.object({ versions: z.array(values.version).readonly() }),
  },
  nameVersion: {
    method: 'POST',
    path: '/versions',
    can: 'label',
    summary: 'Names a version: an entry of an element, or its newest one',
    body: z.strictObject({
      ...parameters.element,
      entryId: values.decimalId.optional(),
      name: values.storableText.trim().min(1).max(200),
    }),
    query: z.strictObject({}),
    response: values.version,
  },
  forgetVersion: {
    method: 'DELETE',
    path: '/versions/{id}',
    can: 'label',
    summary:
      'Takes the name of a version away: one that the caller gave, or with the capability forget any. The entries stay',
    params: z.strictObject({ id: values.decimalId }),
    query: z.strictObject({}),
    response: null,
    produces: [],
  },
  previewRestore: {
    method: 'POST',
    path: '/element/restore/preview',
    can: 'restore',
    summary: 'What restoring an element would write; nothing is written',
    body: restoreBody.omit({ reason: true }),
    query: z.strictObject({}),
    response: answers.preview,
  },
  restore: {
    method: 'POST',
    path: '/element/restore',
    can: 'restore',
    summary:
      'Restores an element to a moment; a deleted one, without a moment, to what it was. Needs If-Match',
    body: restoreBody,
    query: z.strictObject({}),
    response: values.undone,
  },
  previewUndo: {
    method: 'POST',
    path: '/undo/preview',
    can: 'undo',
    summary: 'What undoing entries, a transaction or what an actor did would write; nothing is written',
    body: undoBody.omit({ reason: true }),
    query: z.strictObject({}),
    response: answers.preview,
  },
  undo: {
    method: 'POST',
    path: '/undo',
    can: 'undo',
    summary: 'Undoes entries, a transaction, or what an actor did in a time. Needs If-Match',
    body: undoBody,
    query: z.strictObject({}),
    response: values.undone,
  },
} as const satisfies Readonly<Record<string, Route>>

/** One route, as the table describes it. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Relative to where the handler is mounted. */
  readonly path: string
  readonly can: Capability
  readonly summary: string
  readonly params?: z.ZodType
  readonly query: z.ZodType
  readonly body?: z.ZodType
  /** null: no JSON. */
  readonly response: z.ZodType | null
  /** What is answered beside or instead of JSON; nothing in the list: no body. */
  readonly produces?: readonly string[]
}

/** The name of a route. */
export type RouteName = keyof typeof routes

/** The body of a route's answer. */
export type ResponseOf<Name extends RouteName> = (typeof routes)[Name]['response'] extends z.ZodType
  ? z.infer<(typeof routes)[Name]['response']>
  : null

/** A route's parameters as they are sent. */
export type QueryOf<Name extends RouteName> = z.input<(typeof routes)[Name]['query']>

/** The body that a route takes. */
export type BodyOf<Name extends RouteName> = (typeof routes)[Name] extends { readonly body: infer Body }
  ? Body extends z.ZodType
    ? z.input<Body>
    : never
  : never
