import { z } from 'zod'

import { capabilities } from './capabilities.ts'
import * as values from './values.ts'

/** What the caller may see and do. */
export const me = z.object({
  userId: z.string().nullable(),
  can: z.array(z.enum(capabilities)).readonly(),
  narrowed: z.boolean().meta({ description: 'Whether rights hide a part of the log.' }),
  states: z.boolean().meta({ description: 'Whether states, differences and blame are open to the caller.' }),
  tables: z
    .array(
      z.object({
        elementType: z.string(),
        key: z.array(z.string()).readonly(),
        label: z.string().nullable(),
        scope: z.string().nullable(),
        redacted: z.array(z.string()).readonly(),
        ignored: z.array(z.string()).readonly(),
        recording: z.boolean(),
      }),
    )
    .readonly(),
})

/** A page of entries. */
export const entryPage = z
  .object({ entries: z.array(values.entry).readonly(), nextCursor: z.string().nullable() })
  .readonly()
  .meta({ title: 'EntryPage' })

/** A page of states. */
export const statePage = z
  .object({
    states: z.array(values.elementState).readonly().meta({
      description:
        'Those of which nothing can be known first, then by type and id; by elementId in its order.',
    }),
    nextCursor: z.string().nullable(),
  })
  .readonly()
  .meta({ title: 'StatePage' })

/** What a restore or an undo would write. */
export const preview = z
  .object({
    ...values.undone.unwrap().shape,
    etag: z.string().meta({ description: 'For `If-Match` of the request that does it.' }),
  })
  .readonly()
