import type { JSX } from 'preact'

import type { BlamedLeaf } from '../api/api.ts'
import { Ago } from '../feed/circumstances.tsx'
import { personOf } from '../model/name-actor.ts'
import type { ElementName } from '../model/view-state.ts'
import { ActorBadge } from '../shell/actor-badge.tsx'
import { Answered } from '../shell/answered.tsx'
import { Notice } from '../shell/notice.tsx'
import { Sheeted } from '../shell/use-sheet.tsx'
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
  const { api } = useViewer()
  const { elementType, elementId } = element
  const request = useRequest(JSON.stringify([elementType, elementId, moment]), (signal) =>
    api.blame({ elementType, elementId, ...moment }, signal),
  )
  return (
    <Sheeted sheet={sheet}>
      <Answered request={request} label="Looking who set each value">
        {({ leaves }) => <BlameTable leaves={leaves} element={element} />}
      </Answered>
    </Sheeted>
  )
}

function BlameTable({
  leaves,
  element,
}: {
  readonly leaves: readonly BlamedLeaf[]
  readonly element: ElementName
}): JSX.Element {
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
  const { nameActor } = useViewer()
  const { path, value, entry } = leaf
  const actor = personOf(entry?.userId ?? null)
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
            <Ago timestamp={entry.timestamp} />
          </td>
        </>
      )}
    </tr>
  )
}
