import type { NarrowedBackstory, Sight } from '../backstory/narrowed.ts'
import type { Context } from '../context/context.ts'
import { BackstoryError } from '../core/errors.ts'
import { capabilities, type Capability } from './contract/capabilities.ts'
import type { RouteName } from './contract/routes.ts'

/** What the handler needs of what `createBackstory` gives. */
export interface NarrowableBackstory {
  readonly narrowed: (sight?: Sight) => NarrowedBackstory
}

/** What a caller may do, and see. */
export interface Grant {
  /** What he may do. Restoring, undoing, naming versions and taking names away need `writes: true` of the handler, too. */
  readonly can: readonly Capability[]
  /** Who he is: recorded with everything that he writes, and with exports. */
  readonly actor?: Context
  /** What of the log he sees: it holds in every answer. Default: all of it. See docs/reference/narrowed.md. */
  readonly sight?: Sight
}

/** What is asked of `authorize`. */
export interface Asked {
  readonly can: Capability
  readonly route: RouteName
}

/**
 * Decides about a request: a grant, null or undefined for nothing at all, or a response of its own, such as a 401 that says how to
 * sign in. The request's body is not to be read.
 */
export type Authorize = (request: Request, asked: Asked) => Authorized | Promise<Authorized>

/** What `authorize` decides. */
export type Authorized = Grant | Response | null | undefined

/** Whether the caller does not see everything. */
export function isNarrowed({ sight }: Grant): boolean {
  return sight !== undefined && Object.values(sight).some((part) => part !== undefined)
}

/** What the caller may do, as far as writing is switched on. */
export function allowedOf({ can }: Grant, { writes }: { readonly writes: boolean }): readonly Capability[] {
  return capabilities.filter((name) => can.includes(name) && (writes || !isWrite(name)))
}

/** Whether something writes to tables or names. */
export function isWrite(capability: Capability): boolean {
  return (
    capability === 'restore' || capability === 'undo' || capability === 'label' || capability === 'forget'
  )
}

/** Checks a grant: what was misspelt would open everything. @throws BackstoryError `invalid_option` */
export function parseGrant(grant: Grant): Grant {
  const { can, actor, sight, ...others } = grant
  const [unknownKey] = Object.keys(others)
  if (unknownKey !== undefined) {
    throw invalid(`authorize gave a grant with "${unknownKey}". A grant has can, actor and sight.`)
  }
  if (!Array.isArray(can) || !can.every((name) => capabilities.some((known) => known === name))) {
    throw invalid(`authorize gave a grant whose can is no list of ${capabilities.join(', ')}.`)
  }
  if ('sight' in grant && sight === undefined) {
    throw invalid(
      'authorize gave a grant whose sight is undefined: give one, or leave the key out to show everything.',
    )
  }
  return { can, ...(actor === undefined ? {} : { actor }), ...(sight === undefined ? {} : { sight }) }
}

function invalid(message: string): BackstoryError {
  return new BackstoryError('invalid_option', message)
}
