import type { z } from 'zod'

import type { NarrowedBackstory } from '../backstory/narrowed.ts'
import type { RouteName, routes } from './contract/routes.ts'
import type { Grant } from './grant.ts'

/** A request that may be answered: parsed, and with the log as its caller sees it. */
export interface Call<Name extends RouteName> {
  readonly request: Request
  readonly log: NarrowedBackstory
  readonly grant: Grant
  readonly query: z.output<(typeof routes)[Name]['query']>
  readonly params: PartOf<Name, 'params'>
  readonly body: PartOf<Name, 'body'>
  readonly now: Date
  readonly settings: CallSettings
}

type PartOf<Name extends RouteName, Part extends 'params' | 'body'> = (typeof routes)[Name] extends {
  readonly [part in Part]: infer Schema
}
  ? Schema extends z.ZodType
    ? z.output<Schema>
    : undefined
  : undefined

/** What of the handler's options the routes need. */
export interface CallSettings {
  /** Whether writing is switched on. */
  readonly writes: boolean
  /** How often a watch looks, at most. */
  readonly pollMs: number
  /** How often a watch shows that it lives. */
  readonly heartbeatMs: number
  /** How long a watch lasts before its caller has to ask again, and is asked about again; and a stream of states. */
  readonly streamMs: number
  /** Told of what fails after an answer has begun; gives the id under which it is in the log. */
  readonly report: (error: unknown) => string
}

/** Answers one route. */
export type Answerer<Name extends RouteName> = (call: Call<Name>) => Promise<Response>
