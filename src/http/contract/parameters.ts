import { z } from 'zod'

import { action, decimalId, storableText, transactionId } from './values.ts'

/** A parameter that may be given several times: any of its values will do. */
function oneOrMore<Value extends z.ZodType>(value: Value) {
  return z.union([z.array(value).max(100), value.transform((one) => [one])])
}

const isoTime = z
  .string()
  .regex(
    /^\d{4}-\d{2}-\d{2}(?:[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?(?:Z|[+-](?:0\d|1[0-5])(?::?[0-5]\d)?)?)?$/,
    'must be ISO 8601, such as 2026-01-31 or 2026-01-31T12:00:00.123456Z; write + as %2B',
  )
  .meta({ examples: ['2026-01-31T12:00:00Z'] })

/** A time: ISO 8601; without an offset it is UTC. */
export const time = isoTime

/** A whole number as a parameter. */
export function wholeNumber(least: number, most: number) {
  return z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${least} to ${most}`)
    .transform(Number)
    .pipe(z.int().min(least).max(most))
    .meta({ type: 'integer', minimum: least, maximum: most })
}

/** Which entries: every condition must hold; of several values of one parameter any will do. */
export const filter = {
  q: storableText
    .max(2000)
    .optional()
    .meta({
      description:
        'The query language: `actor:ada changed:attributes.rank since:7d -reason:import "free text"`.',
      examples: ['actor:ada since:7d'],
    }),
  elementType: oneOrMore(storableText.min(1)).optional(),
  elementId: storableText.optional(),
  scope: oneOrMore(storableText).optional(),
  userId: oneOrMore(storableText).optional(),
  action: oneOrMore(action).optional(),
  transactionId: transactionId.optional(),
  changed: oneOrMore(storableText.min(1).max(1000)).optional().meta({
    description:
      'A path at which old and new value differ: `attributes.rank`, `items.*.name`, `/attributes/a.b`.',
  }),
  text: storableText.min(1).max(1000).optional(),
  since: isoTime.optional().meta({ description: 'At this time or later.' }),
  until: isoTime.optional().meta({ description: 'Before this time.' }),
}

/** One element. Its id is the primary key as text; of a composite key the text of a JSON array: `["a",1]`. */
export const element = {
  elementType: storableText.min(1),
  elementId: storableText,
}

/** How much, in which order, from where. */
export const page = {
  limit: wholeNumber(1, 200).default(50),
  cursor: z.string().max(4000).optional().meta({ description: '`nextCursor` of a page of the same filter.' }),
}

export const order = z.enum(['newest', 'oldest']).default('newest')

/** What entries bring along. */
export const include = oneOrMore(z.enum(['changes', 'label'])).optional()

/** A moment of an element: at a time, or right after an entry. Neither: now. */
export const moment = { at: isoTime.optional(), entry: decimalId.optional() }

/** A moment of many elements: exactly one of these. */
export const wholeMoment = {
  ...moment,
  transactionId: transactionId.optional().meta({ description: 'Right after its last entry that is seen.' }),
}

/** Which states of a table, and what to do about those that cannot be known. */
export const whichStates = {
  scope: oneOrMore(storableText).optional().meta({ description: 'Only what belonged to one of these then.' }),
  elementId: oneOrMore(storableText).optional().meta({ description: 'Only these. Not together with scope.' }),
  unknown: z.enum(['refuse', 'mark']).default('refuse').meta({
    description: 'Where it cannot be known what an element was: refuse to answer, or mark it by isKnown.',
  }),
}

/** What entries can be counted by. */
export const countKey = z.enum(['hour', 'day', 'week', 'month', 'userId', 'action', 'elementType', 'scope'])

export const timeZone = z
  .string()
  .regex(/^(?:UTC|[A-Za-z_]{1,40}\/[A-Za-z0-9_+/-]{1,60})$/, 'must be UTC or a name such as Europe/Berlin')
  .default('UTC')
