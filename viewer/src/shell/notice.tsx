import type { ComponentChildren, JSX } from 'preact'

import type { Problem } from '../api/problem.ts'
import { Icon, type IconName } from './icon.tsx'

/** Something to say in place of data: what is the case, and what to do. */
export function Notice(properties: {
  readonly icon: IconName
  readonly title: string
  readonly children?: ComponentChildren
  readonly action?: { readonly label: string; readonly run: () => void } | undefined
  readonly isAlert?: boolean
}): JSX.Element {
  const { icon, title, children, action, isAlert = false } = properties
  return (
    <div class="notice" part="notice" {...(isAlert ? { role: 'alert' } : {})}>
      <span class="notice-icon">
        <Icon name={icon} />
      </span>
      <p class="notice-title">{title}</p>
      {children === undefined ? null : <div class="notice-text">{children}</div>}
      {action === undefined ? null : (
        <button class="button" onClick={action.run}>
          {action.label}
        </button>
      )}
    </div>
  )
}

/** Tells what went wrong and what to do about it. */
export function ProblemNotice({
  problem,
  retry,
}: {
  readonly problem: Problem
  readonly retry?: (() => void) | undefined
}): JSX.Element {
  const { title, detail, hint, id } = wordingOf(problem)
  const action =
    retry === undefined || !isWorthRetrying(problem) ? undefined : { label: 'Try again', run: retry }
  return (
    <Notice icon={iconOf(problem)} title={title} action={action} isAlert>
      {detail === '' ? null : <p>{detail}</p>}
      {hint === undefined ? null : <p>{hint}</p>}
      {id === undefined ? null : <p class="faint">Report it with the number {id}.</p>}
    </Notice>
  )
}

function wordingOf(problem: Problem): Problem {
  if (problem.code === 'before_tracking') {
    return {
      ...problem,
      title: 'The history does not reach back that far',
      detail: 'What it was then cannot be known: it was not recorded yet.',
      hint: 'Choose a later moment.',
    }
  }
  if (problem.status === 401 || problem.status === 403) {
    return { ...problem, title: 'You may not see this history' }
  }
  return problem
}

function iconOf({ status, code }: Problem): IconName {
  if (code === 'before_tracking') return 'history'
  return status === 401 || status === 403 ? 'lock' : 'warning'
}

function isWorthRetrying({ status, code }: Problem): boolean {
  return (
    code !== 'before_tracking' &&
    (status === 0 || status === 429 || status >= 500 || status === 401 || status === 403)
  )
}

/** Lines that hold the place of what is on its way. */
export function Loading({
  lines = 4,
  label = 'Loading',
}: {
  readonly lines?: number
  readonly label?: string
}): JSX.Element {
  return (
    <div class="loading" role="status">
      <span class="hidden">{label}</span>
      {Array.from({ length: lines }, (_, index) => (
        <div class="loading-line" key={index} />
      ))}
    </div>
  )
}
