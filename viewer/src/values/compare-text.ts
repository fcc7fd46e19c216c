import { diffText, type TextDiff } from '../model/text-diff.ts'

/** Two texts to compare. */
interface TextPair {
  readonly before: string
  readonly after: string
  readonly locale: string | undefined
}

/** Beyond this many characters, together, a worker compares, so that the page stays quick. */
const longText = 20_000

/**
 * Compares two texts: here where they are short, in a worker where they are long. Where a page's policy or its origin
 * lets no worker start, here too, since the time it may take is bounded.
 */
export function compareText(
  before: string,
  after: string,
  locale: string | undefined,
): TextDiff | Promise<TextDiff> {
  const pair = { before, after, locale }
  if (before.length + after.length <= longText) return compare(pair, 400)
  return compareInWorker(pair).catch(() => compare(pair, 400))
}

function compare({ before, after, locale }: TextPair, timeoutMs: number): TextDiff {
  return diffText(before, after, { timeoutMs, locale })
}

function compareInWorker(pair: TextPair): Promise<TextDiff> {
  return new Promise((resolve, reject) => {
    // the chunk of this very module: it has all that the worker needs, and is loaded already
    const worker = new Worker(import.meta.url, { type: 'module' })
    worker.addEventListener('message', ({ data }: MessageEvent<TextDiff>) => {
      worker.terminate()
      resolve(data)
    })
    worker.addEventListener('error', (event) => {
      event.preventDefault()
      worker.terminate()
      reject(new Error('The worker did not start.'))
    })
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has none
    worker.postMessage(pair)
  })
}

// run as a worker, this module answers; the page waits for nothing else, so that more time gives a finer grain
if (typeof document === 'undefined') {
  addEventListener('message', ({ data }: MessageEvent<TextPair>) => postMessage(compare(data, 1500)))
}
