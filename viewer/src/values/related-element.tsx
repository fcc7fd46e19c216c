import type { JSX } from 'preact'

import type { Api } from '../api/api.ts'
import { shortenId } from '../model/entry-view.ts'
import { useRequest } from '../shell/use-request.ts'
import { useViewer } from '../shell/viewer-context.ts'

/** An id by the name under which people know its element, as far as the log tells its reader; else the beginning of the id. */
export function RelatedElement({ id }: { readonly id: string }): JSX.Element {
  const { api } = useViewer()
  const [requested] = useRequest(id, () => readName(api, id))
  const name = requested.status === 'ready' ? requested.value : null
  return (
    <span class={name === null ? 'value is-id' : 'value'} title={id}>
      {name ?? shortenId(id)}
    </span>
  )
}

// the same id stands in many places
const names = new WeakMap<Api, Map<string, Promise<string | null>>>()

function readName(api: Api, elementId: string): Promise<string | null> {
  const known = names.get(api) ?? new Map<string, Promise<string | null>>()
  names.set(api, known)
  const asked =
    known.get(elementId) ??
    api
      .entries({ elementId, limit: '1', include: ['label'] })
      .then(({ entries }) => entries[0]?.label ?? null)
  known.set(elementId, asked)
  // what failed is asked again the next time
  asked.catch(() => known.delete(elementId))
  return asked
}
