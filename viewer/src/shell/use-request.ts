import { useLayoutEffect, useRef, useState } from 'preact/hooks'

import { problemOf, type Problem } from '../api/problem.ts'

/** Where a request stands. */
export type Requested<Value> =
  | { readonly status: 'loading' }
  | { readonly status: 'ready'; readonly value: Value }
  | { readonly status: 'failed'; readonly problem: Problem }

/**
 * Asks for something whenever `key` changes, and drops the answer to what is not asked any more.
 *
 * @returns what came of it, and how to ask again
 */
export function useRequest<Value>(
  key: string,
  ask: (signal: AbortSignal) => Promise<Value>,
): readonly [Requested<Value>, () => void] {
  const [state, setState] = useState<{ readonly key: string; readonly requested: Requested<Value> }>({
    key,
    requested: { status: 'loading' },
  })
  const [attempt, setAttempt] = useState(0)
  useLayoutEffect(() => {
    const controller = new AbortController()
    setState({ key, requested: { status: 'loading' } })
    ask(controller.signal).then(
      (value) => {
        if (!controller.signal.aborted) setState({ key, requested: { status: 'ready', value } })
      },
      (error: unknown) => {
        const problem = problemOf(error)
        if (!controller.signal.aborted && problem !== null)
          setState({ key, requested: { status: 'failed', problem } })
      },
    )
    return () => controller.abort()
    // `ask` is a new function at every drawing; `key` says what it asks for
  }, [key, attempt])
  // what was asked for another key is not the answer to this one
  return [state.key === key ? state.requested : { status: 'loading' }, () => setAttempt((count) => count + 1)]
}

/** The answer, and while another one is on its way the one before, so that what is drawn and has the focus stays; null: none. */
export function useLastAnswer<Value>(requested: Requested<Value>): Value | null {
  const last = useRef<Value | null>(null)
  if (requested.status !== 'loading') last.current = requested.status === 'ready' ? requested.value : null
  return last.current
}
