import type { Filter } from './api.ts'
import { ProblemError } from './problem.ts'
import type { ViewerClient } from '../embedding.ts'
import { send } from './transport.ts'

/** What a stream of new entries tells. */
export interface WatchOptions {
  readonly filter: Filter
  /** One more entry has been committed. */
  readonly onEntry: () => void
  readonly signal: AbortSignal
}

/**
 * Follows the entries that are committed from now on, as server-sent events read by fetch, so that a host's own client
 * carries its token. Goes on where it stopped when the connection is lost; ends without a word where the server says
 * that there is no stream for this caller, since the list works without.
 */
export async function watchEntries(
  client: ViewerClient,
  { filter, onEntry, signal }: WatchOptions,
): Promise<void> {
  let after: string | undefined
  for (let pauseMs = 1000; !signal.aborted; pauseMs = Math.min(pauseMs * 2, 30_000)) {
    try {
      const query = { ...filter, ...(after === undefined ? {} : { after }) }
      const response = await send(client, {
        path: '/watch',
        query,
        headers: { accept: 'text/event-stream' },
        signal,
      })
      for await (const event of readEvents(response)) {
        pauseMs = 1000
        if (event.id !== '') after = event.id
        if (event.event === 'entry') onEntry()
      }
    } catch (error) {
      if (signal.aborted || (error instanceof ProblemError && isFinal(error.problem.status))) return
    }
    await pause(pauseMs, signal)
  }
}

/** One server-sent event. */
export interface ServerEvent {
  readonly id: string
  readonly event: string
  readonly data: string
}

/** Splits the beginning of a stream into its whole events and what is left of the text. */
export function parseEvents(text: string): {
  readonly events: readonly ServerEvent[]
  readonly rest: string
} {
  const blocks = text.replaceAll(/\r\n?/g, '\n').split('\n\n')
  const rest = blocks.pop() ?? ''
  return { events: blocks.map(parseEvent), rest }
}

async function* readEvents(response: Response): AsyncGenerator<ServerEvent> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  if (reader === undefined) return
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const parsed = parseEvents(rest + value)
    rest = parsed.rest
    yield* parsed.events
  }
}

function parseEvent(block: string): ServerEvent {
  const event = { id: '', event: 'message', data: '' }
  const data: string[] = []
  for (const line of block.split('\n')) {
    const [, field = '', value = ''] = /^([a-z]*):? ?(.*)$/.exec(line) ?? []
    if (field === 'data') data.push(value)
    if (field === 'id') event.id = value
    if (field === 'event') event.event = value
  }
  return { ...event, data: data.join('\n') }
}

function isFinal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })
}
