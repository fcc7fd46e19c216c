import { BackstoryError } from '../core/errors.ts'
import type { Client } from './client.ts'
import { sql } from './sql.ts'

/** What was answered to a request that has a key of its own. */
export interface Answer {
  readonly key: string
  /** Tells a repetition from another request that bears the same key by mistake. */
  readonly fingerprint: string
  readonly answer: string
}

/** The answer that was given to a key within the last day; null: none. */
export async function readAnswer(client: Client, key: string): Promise<Answer | null> {
  const [row] = await client.query(sql`
select a.key, a.fingerprint, a.answer
from backstory.answers a
where a.key = ${key} and a."timestamp" > clock_timestamp() - interval '1 day'`)
  return row === undefined
    ? null
    : { key, fingerprint: row['fingerprint'] ?? '', answer: row['answer'] ?? '' }
}

/**
 * Keeps an answer, in the transaction of what it speaks of.
 *
 * @throws BackstoryError `already_done`: the key has an answer, or gets one in another transaction that we waited for
 */
export async function keepAnswer(client: Client, { key, fingerprint, answer }: Answer): Promise<void> {
  await client.query(sql`
delete from backstory.answers a
where a."timestamp" <= clock_timestamp() - interval '1 day'`)
  const kept = await client.query(sql`
insert into backstory.answers (key, fingerprint, answer)
values (${key}, ${fingerprint}, ${answer})
on conflict (key) do nothing
returning key`)
  if (kept.length > 0) return
  throw new BackstoryError('already_done', 'A request with this key has been done already.')
}
