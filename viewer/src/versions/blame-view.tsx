import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'

import type { BlamedLeaf } from '../api/api.ts'
import { formatAgo, formatMoment } from '../model/format-time.ts'
import type { ElementName } from '../model/view-state.ts'
import { ActorBadge } from '../shell/actor-badge.tsx'
import { Loading, Notice, ProblemNotice } from '../shell/notice.tsx'
import { useSheet } from '../shell/use-sheet.ts'
import sheet from '../styles/versions.css?inline'
import { useRequest } from '../shell/use-request.ts'
import { useViewer } from '../shell/viewer-context.ts'
import { FieldName } from '../values/field-name.tsx'
import { Value } from '../values/value.tsx'
import type { Moment } from './compare-states.tsx'

/** Who last set each value of an element, as it is now or was at a moment. */
export function BlameView({
  element,
  moment,
}: {
  readonly element: ElementName
  readonly moment: Moment
}): JSX.Element {
  const place = useRef<HTMLDivElement>(null)
  useSheet(place, sheet)
  return (
    <div ref={place}>
      <BlameTable element={element} moment={moment} />
    </div>
  )
}

function BlameTable({
  element,
  moment,
}: {
  readonly element: ElementName
  readonly moment: Moment
}): JSX.Element {
  const { api } = useViewer()
  const { elementType, elementId } = element
  const [requested, retry] = useRequest(JSON.stringify([elementType, elementId, moment]), (signal) =>
    api.blame({ elementType, elementId, ...moment }, signal),
  )
  if (requested.status === 'loading') return <Loading lines={6} label="Looking who set each value" />
  if (requested.status === 'failed') return <ProblemNotice problem={requested.problem} retry={retry} />
  const { leaves } = requested.value
  if (leaves.length === 0) {
    return (
      <Notice icon="bin" title="It does not exist at this moment">
        <p>There is no value that anybody could have set. Its history tells what it was.</p>
      </Notice>
    )
  }
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label="Who last set each value">
      <table class="blame" part="blame">
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Value</th>
            <th scope="col">Last set by</th>
            <th scope="col">When</th>
          </tr>
        </thead>
        <tbody>
          {leaves.map((leaf) => (
            <BlameRow key={leaf.path} leaf={leaf} element={element} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function BlameRow({
  leaf,
  element,
}: {
  readonly leaf: BlamedLeaf
  readonly element: ElementName
}): JSX.Element {
  const { time, nameActor } = useViewer()
  const { path, value, entry } = leaf
  const actor = { userId: entry?.userId ?? null, kind: 'user', onBehalfOf: null } as const
  return (
    <tr>
      <th scope="row">
        <FieldName path={path} element={element} />
      </th>
      <td>
        <Value value={value} context={{ elementType: element.elementType, path, side: 'state' }} />
      </td>
      {entry === null ? (
        <td class="faint" colSpan={2}>
          nobody is known
        </td>
      ) : (
        <>
          <td>
            <span class="who">
              <ActorBadge actor={actor} />
              {nameActor(actor)}
            </span>
          </td>
          <td>
            <time dateTime={entry.timestamp} title={formatMoment(entry.timestamp, time)}>
              {formatAgo(entry.timestamp, Date.now(), time)}
            </time>
          </td>
        </>
      )}
    </tr>
  )
}
