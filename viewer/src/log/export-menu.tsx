import type { JSX } from 'preact'
import { useState } from 'preact/hooks'

import { problemOf } from '../api/problem.ts'
import { send } from '../api/transport.ts'
import { useViewer } from '../shell/viewer-context.ts'
import { Menu } from './menu.tsx'

const formats = [
  ['csv', 'CSV', 'for spreadsheets'],
  ['ndjson', 'NDJSON', 'one entry a line, complete'],
] as const

/** Downloads every entry of the filter in force, and no other. */
export function ExportMenu({ query }: { readonly query: string }): JSX.Element {
  const { api, announce } = useViewer()
  const [failure, setFailure] = useState<string | null>(null)
  const filter = query === '' ? {} : { q: query }
  // a host's own client carries its token, which a plain link would not
  const download = async (format: 'csv' | 'ndjson') => {
    try {
      setFailure(null)
      const response = await send(api.client, { path: '/export', query: { ...filter, format } })
      const address = URL.createObjectURL(await response.blob())
      const link = document.createElement('a')
      link.href = address
      link.download = `history.${format}`
      link.click()
      URL.revokeObjectURL(address)
    } catch (error) {
      const problem = problemOf(error)
      setFailure(problem?.detail ?? null)
      if (problem !== null) announce(problem.title)
    }
  }
  return (
    <Menu icon="download" label="Export">
      {() => (
        <>
          <p class="popover-title">{query === '' ? 'Every entry' : 'Exactly what the filter finds'}</p>
          {formats.map(([format, name, what]) =>
            api.client.fetch === undefined ? (
              <a
                key={format}
                class="menu-item"
                href={api.exportUrl({ ...filter, format })}
                download={`history.${format}`}
              >
                <b>{name}</b> <span class="faint">{what}</span>
              </a>
            ) : (
              <button key={format} class="menu-item" onClick={() => void download(format)}>
                <b>{name}</b> <span class="faint">{what}</span>
              </button>
            ),
          )}
          {failure === null ? null : <p class="mistake">{failure}</p>}
          <p class="faint">The export itself is recorded.</p>
        </>
      )}
    </Menu>
  )
}
