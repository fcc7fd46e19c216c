import { formatJson, type JsonObject } from '../core/json.ts'
import type { Client } from './client.ts'
import { sql } from './sql.ts'

/**
 * Records that entries are taken out of the log, by whom the context says; committed when it resolves.
 *
 * @throws BackstoryError `context_required`
 */
export async function recordExport(
  client: Client,
  description: JsonObject,
  context: object | undefined,
): Promise<void> {
  await client.transaction(async (transaction) => {
    await transaction.query(sql`select backstory.set_context(${JSON.stringify(context ?? {})})::text`)
    await transaction.query(sql`select backstory.record_export(${formatJson(description)}::jsonb)::text`)
  })
}
