/** How a body is made. */
export interface StreamOptions {
  /** Told of what fails after the answer has begun: all that is left is not to end it well. */
  readonly onFailure: (error: unknown) => void
  /** When no more is taken, whatever the reason. */
  readonly onEnd?: () => void
  /** What was asked of `parts` already. */
  readonly first?: IteratorResult<string, void>
  /** How long the reader may take: what he holds until then is a connection. Default: as long as he likes. */
  readonly lastsMs?: number
}

/** A body that is made as its reader takes it. A reader who leaves is no failure, whatever is being made then. */
export function streamText(
  parts: AsyncGenerator<string, void, undefined>,
  { onFailure, onEnd, first, lastsMs }: StreamOptions,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let begun = first
  let hasEnded = false
  let timer: NodeJS.Timeout | undefined
  const end = () => {
    hasEnded = true
    clearTimeout(timer)
    onEnd?.()
  }
  // what fails while nobody reads any more is nobody's failure
  const leave = () => parts.return(undefined).catch(() => {})
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        if (lastsMs === undefined) return
        timer = setTimeout(() => {
          end()
          onFailure(new Error(`The reader did not take the whole answer within ${lastsMs} ms.`))
          controller.error(new Error('The answer broke off.'))
          void leave()
        }, lastsMs)
        timer.unref()
      },
      pull: async (controller) => {
        try {
          const { value, done } = begun ?? (await parts.next())
          begun = undefined
          if (hasEnded) return
          if (done !== true) {
            controller.enqueue(encoder.encode(value))
            return
          }
          end()
          controller.close()
        } catch (error) {
          if (hasEnded) return
          end()
          onFailure(error)
          controller.error(new Error('The answer broke off.'))
        }
      },
      cancel: async () => {
        end()
        await leave()
      },
    },
    { highWaterMark: 1 },
  )
}

/** Lines, some hundred at a time: one each would cost more than what they hold. */
export async function* gatherLines<Item>(
  items: AsyncIterable<Item>,
  writeLine: (item: Item) => string,
  header = '',
): AsyncGenerator<string, void, undefined> {
  let text = header
  for await (const item of items) {
    text += writeLine(item)
    if (text.length > 65_536) {
      yield text
      text = ''
    }
  }
  if (text !== '') yield text
}
