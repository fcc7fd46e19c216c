import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'

import type { Filter } from '../api/api.ts'
import { watchEntries } from '../api/watch.ts'
import { Icon } from '../shell/icon.tsx'
import { useCan, useViewer } from '../shell/viewer-context.ts'

/** Says how many entries have come since the feed was read; never moves what is being read. */
export function LivePill({
  filter,
  show,
}: {
  readonly filter: Filter
  readonly show: () => void
}): JSX.Element | null {
  const { api, announce } = useViewer()
  const canWatch = useCan('watch')
  const [count, setCount] = useState(0)
  const key = JSON.stringify(filter)
  useEffect(() => {
    setCount(0)
    if (!canWatch) return
    const controller = new AbortController()
    void watchEntries(api.client, {
      filter,
      signal: controller.signal,
      onEntry: () => setCount((before) => before + 1),
    })
    return () => controller.abort()
  }, [key, canWatch])
  useEffect(() => {
    if (count === 0) return
    // many at once are told once
    const timer = setTimeout(() => announce(countText(count)), 1000)
    return () => clearTimeout(timer)
  }, [count])
  if (count === 0) return null
  return (
    <div class="pill-place">
      <button
        class="pill"
        part="pill"
        onClick={() => {
          setCount(0)
          show()
        }}
      >
        <Icon name="up" />
        {countText(count)}
      </button>
    </div>
  )
}

function countText(count: number): string {
  return count === 1 ? '1 new change' : `${count > 999 ? '999+' : count} new changes`
}
