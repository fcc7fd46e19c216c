import type { JSX } from 'preact'

import type { Actor } from '../model/entry-view.ts'
import { hueOf, initialsOf, kindNames, personOf } from '../model/name-actor.ts'
import { useViewer } from './viewer-context.ts'

/** The initials of an actor, round for people, square for machines. Beside the name: it says nothing on its own. */
export function ActorBadge({ actor }: { readonly actor: Actor }): JSX.Element {
  const name = useViewer().nameActor(actor)
  const shape = actor.kind === 'user' ? 'is-person' : 'is-machine'
  return (
    <span
      class={`badge ${shape}`}
      style={{ '--hue': hues[hueOf(actor.userId ?? '', hues.length)] }}
      aria-hidden="true"
    >
      {actor.userId === null ? '?' : initialsOf(name)}
    </span>
  )
}

const hues = [265, 20, 150, 75, 320, 220, 45, 185] as const

/** What an actor is, where it is no person, and for whom it acted. */
export function ActorKindTag({ actor }: { readonly actor: Actor }): JSX.Element | null {
  const { nameActor } = useViewer()
  const { kind, onBehalfOf } = actor
  if (kind === 'user' && onBehalfOf === null) return null
  const principal = onBehalfOf === null ? '' : ` for ${nameActor(personOf(onBehalfOf))}`
  return <span class="tag">{kind === 'user' ? principal.trim() : `${kindNames[kind]}${principal}`}</span>
}
