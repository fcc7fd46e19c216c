import type { NarrowedBackstory } from '../../backstory/narrowed.ts'
import type { Entry } from '../../core/entry.ts'
import type { Watch } from '../../backstory/watch.ts'
import { toEntryBody, type Include } from '../bodies.ts'
import type { Answerer, CallSettings } from '../call.ts'
import { toDescription } from '../filter.ts'
import { writeJson } from '../respond.ts'
import { streamText } from '../stream-text.ts'

/**
 * `GET /watch`: server-sent events. The id of an event is where to go on; it moves with every heartbeat too. The stream
 * ends after a while, so that the caller's rights are asked about again when it is resumed.
 */
export const answerWatch: Answerer<'watch'> = async ({ request, log, query, now, settings }) => {
  const { after, from, include = [], ...filter } = query
  const ended = new AbortController()
  const position = request.headers.get('last-event-id') ?? after
  const watch = log.watch({
    ...toDescription(filter, now),
    from,
    pollMs: settings.pollMs,
    limit: 100,
    signal: ended.signal,
    ...(position === undefined || position === '' ? {} : { after: position }),
  })
  const stop = () => {
    ended.abort()
  }
  // the beginning is looked for until the database can be reached: not for a caller who has gone
  request.signal.addEventListener('abort', stop, { once: true })
  if (request.signal.aborted) stop()
  const start = await watch.start()
  const events = writeEvents(watch, start, (entry) => writeEntry(log, entry, include), settings)
  const body = streamText(events, { onFailure: settings.report, onEnd: stop })
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    },
  })
}

async function writeEntry(
  log: NarrowedBackstory,
  entry: Entry,
  include: readonly Include[],
): Promise<string> {
  return `event: entry\ndata: ${writeJson(await toEntryBody(log, entry, include))}\n`
}

async function* writeEvents(
  watch: Watch,
  start: string,
  write: (entry: Entry) => Promise<string>,
  { heartbeatMs, streamMs, report }: CallSettings,
): AsyncGenerator<string, void, undefined> {
  const endMs = performance.now() + streamMs
  let isWriting = false
  // what fails while an entry is written fails as what is read: in its place, and told of
  const written = (async function* () {
    for await (const entry of watch) {
      isWriting = true
      const text = await write(entry)
      yield `id: ${watch.cursor ?? start}\n${text}\n`
      isWriting = false
    }
  })()
  let sent = start
  let next = settle(written.next())
  yield `retry: 2000\nid: ${start}\n\n`
  for (;;) {
    const leftMs = endMs - performance.now()
    if (leftMs <= 0) return
    const arrived = await firstOf(next, Math.min(heartbeatMs, leftMs))
    if (arrived === 'nothing yet') {
      // whoever goes on from there must not miss the entry that is being written
      if (!isWriting) sent = watch.cursor ?? start
      yield `: still here\nid: ${sent}\n\n`
      continue
    }
    if ('error' in arrived) {
      yield `event: problem\ndata: ${writeJson({ code: 'failed', id: report(arrived.error) })}\n\n`
      return
    }
    if (arrived.result.done === true) return
    sent = watch.cursor ?? start
    yield arrived.result.value
    next = settle(written.next())
  }
}

type Arrived = { readonly result: IteratorResult<string, unknown> } | { readonly error: unknown }

// an error that comes while nobody waits for it is not to end the process
function settle(next: Promise<IteratorResult<string, unknown>>): Promise<Arrived> {
  return next.then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  )
}

async function firstOf(next: Promise<Arrived>, ms: number): Promise<Arrived | 'nothing yet'> {
  let timer: NodeJS.Timeout | undefined
  const waited = new Promise<'nothing yet'>((resolve) => {
    timer = setTimeout(() => {
      resolve('nothing yet')
    }, ms)
  })
  try {
    return await Promise.race([next, waited])
  } finally {
    clearTimeout(timer)
  }
}
