import type { ComponentType, JSX } from 'preact'

import { Loading, ProblemNotice } from './notice.tsx'
import { useRequest } from './use-request.ts'

/** A part of the viewer whose code is fetched when it is drawn first. */
export function lazyPart<Properties extends object>(
  load: () => Promise<ComponentType<Properties>>,
): (properties: Properties) => JSX.Element {
  let loaded: ComponentType<Properties> | undefined
  return function LazyPart(properties) {
    const [requested, retry] = useRequest('code', async () => {
      loaded ??= await load()
      return loaded
    })
    const Part = loaded ?? (requested.status === 'ready' ? requested.value : undefined)
    if (Part !== undefined) return <Part {...properties} />
    if (requested.status === 'failed') return <ProblemNotice problem={requested.problem} retry={retry} />
    return <Loading lines={2} />
  }
}
