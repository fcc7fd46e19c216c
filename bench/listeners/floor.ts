import { elementId } from '../elements.ts'
import { newRow } from '../node-peers/node-peer.ts'

/** One statement of the floor, with values of text. */
export interface FloorStatement {
  /** Text with `$1 … $n`. */
  readonly text: string
  readonly values: readonly string[]
}

/**
 * What a listener cannot do without, by hand: rows that change are read under their lock before the writes (inserted ones
 * are not), and ready-made entries are inserted after them.
 */
export async function sendByHand(
  kind: 'update' | 'insert',
  ids: readonly string[],
  run: (statement: FloorStatement) => Promise<unknown>,
  flush: () => Promise<unknown>,
): Promise<void> {
  // as the text of an array: every ORM hands it on as it is
  const keys = `{${ids.join(',')}}`
  if (kind === 'update') {
    await run({
      text: 'select * from public.elements where id = any (cast($1 as uuid[])) for no key update',
      values: [keys],
    })
  }
  await flush()
  await run({
    text: `insert into public.audit_logs (element_type, element_id, user_id, action, changes)
       select 'elements', id, 'ada', cast($1 as text), cast($2 as jsonb)
       from unnest(cast($3 as text[])) as id`,
    values: [kind, readyChanges[kind], keys],
  })
}

const readyChanges = {
  update: JSON.stringify({ before: { rank: 100_000_000 }, after: { rank: 100_000_001 } }),
  insert: JSON.stringify({
    after: { id: elementId(1), ...newRow, created_at: new Date(0), updated_at: new Date(0) },
  }),
} as const
