import { isConnectionLost } from '../db/lost-connections.ts'

/** Runs a read until it works; undefined where the signal ended that. */
type Patience = <Result>(read: () => Promise<Result>) => Promise<Result | undefined>

/**
 * Repeats reads whose connection is lost, after 50 ms and ever longer pauses of up to 5 s, for as long as it takes:
 * once one has worked. Before that the error may as well be a wrong address, and is thrown; so is every other error.
 */
export function createPatience(
  onConnectionLost: ((error: Error) => void) | undefined,
  signal: AbortSignal | undefined,
): Patience {
  let hasWorked = false
  return async (read) => {
    for (let pauseMs = 50; !isAborted(signal); pauseMs = Math.min(2 * pauseMs, 5000)) {
      try {
        const result = await unlessAborted(read(), signal)
        hasWorked = true
        return result
      } catch (error) {
        if (!hasWorked || !(error instanceof Error) || !isConnectionLost(error)) throw error
        onConnectionLost?.(error)
        await pause(pauseMs, signal)
      }
    }
    return undefined
  }
}

/** Whether the signal has said to stop. */
export function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true
}

/** Waits, or until the signal says to stop. */
export function pause(pauseMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (isAborted(signal)) {
      resolve()
      return
    }
    const stop = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
      resolve()
    }
    const timer = setTimeout(stop, pauseMs)
    signal?.addEventListener('abort', stop)
  })
}

// nobody waits for an answer that may never come, nor for its error
function unlessAborted<Result>(
  answer: Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result | undefined> {
  if (signal === undefined) return answer
  return new Promise((resolve, reject) => {
    const stop = () => resolve(undefined)
    signal.addEventListener('abort', stop)
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
