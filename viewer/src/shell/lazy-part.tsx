import type { ComponentType, JSX } from 'preact'

import type * as parts from '../more.ts'
import { Loading, ProblemNotice } from './notice.tsx'
import { useRequest } from './use-request.ts'

type More = typeof parts

let more: More | undefined

/** A part of the viewer whose code is fetched when one of its kind is drawn first. */
export function lazyPart<Properties extends object>(
  choose: (more: More) => ComponentType<Properties>,
): (properties: Properties) => JSX.Element {
  return function LazyPart(properties) {
    const [requested, retry] = useRequest('code', async () => {
      more ??= await import('../more.ts')
    })
    if (more !== undefined) {
      const Part = choose(more)
      return <Part {...properties} />
    }
    if (requested.status === 'failed') return <ProblemNotice problem={requested.problem} retry={retry} />
    return <Loading lines={2} />
  }
}
