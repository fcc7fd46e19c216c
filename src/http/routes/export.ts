import { actingAs } from '../../context/context.ts'
import { parseJsonObject } from '../../core/json.ts'
import { fieldsOf } from '../bodies.ts'
import type { Answerer } from '../call.ts'
import { chooseType, ndjsonTypes } from '../choose-type.ts'
import { toDescription } from '../filter.ts'
import { writeJson } from '../respond.ts'
import { gatherLines, streamText } from '../stream-text.ts'
import { csvHeader, writeCsvRow } from '../write-csv.ts'

/** `GET /export`. It is recorded before the first entry leaves; entries are read as the caller takes them. */
export const answerExport: Answerer<'export'> = async ({ request, log, query, now, grant, settings }) => {
  const { format: asked, order, ...filter } = query
  const format =
    asked ?? chooseType(request.headers.get('accept'), { ndjson: ndjsonTypes, csv: ['text/csv'] })
  const entries = log.entries({ ...toDescription(filter, now), order, limit: 500 })
  const headers = {
    'content-type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson; charset=utf-8',
    'content-disposition': `attachment; filename="audit-log.${format}"`,
    'cache-control': 'no-store',
    vary: 'Accept',
  }
  // nothing is taken out of the log
  if (request.method === 'HEAD') return new Response(null, { headers })
  const said = parseJsonObject(JSON.stringify({ format, order, ...filter }))
  await actingAs(grant.actor ?? {}, () => log.recordExport(said))
  const lines =
    format === 'csv'
      ? gatherLines(entries, writeCsvRow, csvHeader)
      : gatherLines(entries, (entry) => `${writeJson({ ...entry, fields: fieldsOf(entry.changes) })}\n`)
  // what fails at once fails before the answer begins
  const first = await lines.next()
  return new Response(streamText(lines, { first, onFailure: settings.report }), { headers })
}
