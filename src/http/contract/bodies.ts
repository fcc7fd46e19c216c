import { z } from 'zod'

import * as parameters from './parameters.ts'
import * as values from './values.ts'

const conflicts = z.enum(['refuse', 'skip', 'force']).default('refuse')
const reason = values.storableText.max(1000).optional()

const columns = z.array(values.storableText.min(1)).min(1).max(1000).optional().meta({
  description: 'Only these columns. A deleted element comes back whole.',
})

/** What to restore, and to which moment. Neither `at` nor `entry`: what it was before it was deleted. */
export const restoreBody = z.strictObject({
  ...parameters.element,
  ...parameters.moment,
  columns,
  cascaded: z.boolean().default(true).meta({ description: 'With what its deletion took along.' }),
  conflicts,
  reason,
})

/** What to undo: `entryId`, `entryIds`, `transactionId`, or `userId` with `since`. */
export const undoBody = z.strictObject({
  entryId: values.decimalId.optional(),
  entryIds: z.array(values.decimalId).min(1).max(1000).optional(),
  transactionId: values.transactionId.optional(),
  userId: values.storableText.min(1).optional().meta({ description: 'With `since`: what an actor did.' }),
  since: parameters.time.optional(),
  until: parameters.time.optional(),
  columns,
  conflicts,
  reason,
})
