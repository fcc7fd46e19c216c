import { actingAs } from '../../context/context.ts'
import type { Entry } from '../../core/entry.ts'
import { parseJsonObject } from '../../core/json.ts'
import { fieldsOf } from '../bodies.ts'
import type { Answerer } from '../call.ts'
import { toDescription } from '../filter.ts'
import { ProblemError } from '../problems.ts'
import { writeJson } from '../respond.ts'
import { csvHeader, writeCsvRow } from '../write-csv.ts'

/** `GET /export`. It is recorded before the first entry leaves; entries are read as the caller takes them. */
export const answerExport: Answerer<'export'> = async ({ request, log, query, now, grant, settings }) => {
  const { format: asked, order, ...filter } = query
  const format = asked ?? chooseFormat(request.headers.get('accept'))
  const description = toDescription(filter, now)
  const entries = log.entries({ ...description, order, limit: 500 })
  const said = parseJsonObject(JSON.stringify({ format, order, ...filter }))
  await actingAs(grant.actor ?? {}, () => log.recordExport(said))
  const lines = writeLines(entries, format)
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const { value, done } = await lines.next()
          if (done === true) controller.close()
          else controller.enqueue(encoder.encode(value))
        } catch (error) {
          // the answer has begun: all that is left is not to end it well
          settings.report(error)
          controller.error(new Error('The export failed.'))
        }
      },
      cancel: async () => {
        await lines.return(undefined)
      },
    },
    { highWaterMark: 1 },
  )
  return new Response(request.method === 'HEAD' ? null : body, {
    headers: {
      'content-type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson; charset=utf-8',
      'content-disposition': `attachment; filename="audit-log.${format}"`,
      'cache-control': 'no-store',
      vary: 'Accept',
    },
  })
}

function chooseFormat(accept: string | null): 'ndjson' | 'csv' {
  const types = (accept ?? '*/*').split(',').map((part) => part.split(';')[0]?.trim().toLowerCase() ?? '')
  for (const type of types) {
    if (type === 'text/csv') return 'csv'
    if (
      [
        'application/x-ndjson',
        'application/ndjson',
        'application/jsonl',
        'application/*',
        '*/*',
        '',
      ].includes(type)
    )
      return 'ndjson'
  }
  throw new ProblemError('not_acceptable', `There is no export as ${accept}.`)
}

// some hundred lines at a time: one each would cost more than what they hold
async function* writeLines(
  entries: AsyncIterable<Entry>,
  format: 'ndjson' | 'csv',
): AsyncGenerator<string, undefined, undefined> {
  let text = format === 'csv' ? csvHeader : ''
  for await (const entry of entries) {
    text +=
      format === 'csv' ? writeCsvRow(entry) : `${writeJson({ ...entry, fields: fieldsOf(entry.changes) })}\n`
    if (text.length > 65_536) {
      yield text
      text = ''
    }
  }
  if (text !== '') yield text
  return undefined
}
