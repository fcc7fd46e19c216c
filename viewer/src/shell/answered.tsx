import type { JSX } from 'preact'

import { Loading, ProblemNotice } from './notice.tsx'
import type { Requested } from './use-request.ts'

/** What is drawn of an answer; until it is there lines that hold its place, and what went wrong if it does not come. */
export function Answered<Value>({
  request: [requested, retry],
  lines = 6,
  label,
  children,
}: {
  readonly request: readonly [Requested<Value>, () => void]
  readonly lines?: number
  /** What is being done, in words. */
  readonly label?: string
  readonly children: (value: Value) => JSX.Element
}): JSX.Element {
  if (requested.status === 'ready') return children(requested.value)
  if (requested.status === 'failed') return <ProblemNotice problem={requested.problem} retry={retry} />
  return <Loading lines={lines} {...(label === undefined ? {} : { label })} />
}
