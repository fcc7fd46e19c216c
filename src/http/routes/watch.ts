import type { NarrowedBackstory } from '../../backstory/narrowed.ts'
import type { Entry } from '../../core/entry.ts'
import type { Watch } from '../../backstory/watch.ts'
import { toEntryBody, type Include } from '../bodies.ts'
import type { Answerer, CallSettings } from '../call.ts'
import { toDescription } from '../filter.ts'
import { writeJson } from '../respond.ts'

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
  const start = await watch.start()
  const events = writeEvents(watch, start, (entry) => writeEntry(log, entry, include), settings)
  const encoder = new TextEncoder()
  const stop = () => {
    ended.abort()
  }
  request.signal.addEventListener('abort', stop, { once: true })
  // it may have gone while the beginning was looked for
  if (request.signal.aborted) stop()
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { value, done } = await events.next()
        if (done === true) {
          stop()
          controller.close()
        } else {
          controller.enqueue(encoder.encode(value))
        }
      },
      cancel: stop,
    },
    { highWaterMark: 1 },
  )
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
): AsyncGenerator<string, undefined, undefined> {
  const endMs = performance.now() + streamMs
  const entries = watch[Symbol.asyncIterator]()
  let next = settle(entries.next())
  yield `retry: 2000\nid: ${start}\n\n`
  for (;;) {
    const leftMs = endMs - performance.now()
    if (leftMs <= 0) return undefined
    const arrived = await firstOf(next, Math.min(heartbeatMs, leftMs))
    if (arrived === 'nothing yet') {
      yield `: still here\nid: ${watch.cursor ?? start}\n\n`
      continue
    }
    if ('error' in arrived) {
      yield `event: problem\ndata: ${writeJson({ code: 'failed', id: report(arrived.error) })}\n\n`
      return undefined
    }
    if (arrived.result.done === true) return undefined
    yield `id: ${watch.cursor ?? start}\n${await write(arrived.result.value)}\n`
    next = settle(entries.next())
  }
}

type Arrived = { readonly result: IteratorResult<Entry, unknown> } | { readonly error: unknown }

// an error that comes while nobody waits for it is not to end the process
function settle(next: Promise<IteratorResult<Entry, unknown>>): Promise<Arrived> {
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
