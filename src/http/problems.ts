import type { BackstoryErrorCode } from '../core/errors.ts'

/** What the API can answer instead of what was asked. `hint` says what to do. */
export interface ProblemKind {
  readonly status: number
  readonly title: string
  readonly hint: string
}

/** Every problem by its code; `GET /problems/{code}` shows it. */
export const problemKinds = {
  closed: {
    status: 403,
    title: 'Nobody is let in',
    hint: 'Give the handler an authorize hook: createHandler(backstory, { authorize: (request) => ({ can: ["read"] }) }).',
  },
  invalid_token: {
    status: 401,
    title: 'Not a token of this API',
    hint: 'Ask the application for a new one: issueViewerToken(grant, { key }), with a key of tokenKeys.',
  },
  token_expired: {
    status: 401,
    title: 'The token has expired',
    hint: 'Ask the application for a new one. The elements of the viewer do so by their renewToken.',
  },
  not_permitted: {
    status: 403,
    title: 'Not permitted',
    hint: 'GET /me says what you may do. What you may not see is as if it did not exist.',
  },
  writes_off: {
    status: 403,
    title: 'Writing is switched off',
    hint: 'createHandler(backstory, { authorize, writes: true }) switches it on for those whose grant has it.',
  },
  cross_site: {
    status: 403,
    title: 'Asked from another site',
    hint: 'Send writes and exports from pages of the same origin, or name the other one in trustedOrigins.',
  },
  unknown_route: { status: 404, title: 'No such route', hint: 'GET /openapi.json lists them.' },
  not_found: { status: 404, title: 'Not found', hint: 'It does not exist, or you may not see it.' },
  not_tracked: {
    status: 404,
    title: 'Not tracked',
    hint: 'GET /me lists the tables. backstory.track(table) records one from then on.',
  },
  before_tracking: {
    status: 404,
    title: 'Before tracking',
    hint: 'What was before a table was tracked, or while it was not, is not known. Ask for a later moment; for states of a type or a scope also with unknown=mark.',
  },
  method_not_allowed: { status: 405, title: 'Method not allowed', hint: 'Allow names those of the route.' },
  not_acceptable: {
    status: 406,
    title: 'Not acceptable',
    hint: 'Accept application/x-ndjson; of states application/json, too, and of exports text/csv.',
  },
  invalid_request: {
    status: 400,
    title: 'Invalid request',
    hint: 'errors says which parameter, and what it takes. A parameter that is not known is an error, not ignored.',
  },
  invalid_query: {
    status: 400,
    title: 'Invalid query',
    hint: 'actor:ada type:world_elements action:update changed:attributes.rank since:7d -reason:import "free text"',
  },
  invalid_cursor: {
    status: 400,
    title: 'Invalid cursor',
    hint: 'Give nextCursor of a page as it came, with the same filter; or begin without one.',
  },
  undo_conflict: {
    status: 409,
    title: 'Changed since',
    hint: 'conflicts lists what was changed again. Send conflicts: "skip" to leave that alone, "force" to overwrite it.',
  },
  undo_refused: {
    status: 409,
    title: 'Refused by the database',
    hint: 'Undo more at once, or put what is in the way in order first.',
  },
  not_restorable: {
    status: 409,
    title: 'Not restorable',
    hint: 'The log does not hold what a column needs: give the column a default, or insert the element yourself.',
  },
  version_exists: { status: 409, title: 'Name taken', hint: 'Choose another name for the version.' },
  key_reused: {
    status: 409,
    title: 'Key of another request',
    hint: 'An Idempotency-Key belongs to one request: make a new one for another.',
  },
  plan_changed: {
    status: 412,
    title: 'Something has changed',
    hint: 'Preview again and send the new etag as If-Match.',
  },
  too_large: { status: 413, title: 'Too large', hint: 'A body has at most 64 KiB.' },
  not_json: { status: 415, title: 'Not JSON', hint: 'Send Content-Type: application/json.' },
  preview_first: {
    status: 428,
    title: 'Preview first',
    hint: 'Send the etag of a preview as If-Match, so that nothing else is written than was seen.',
  },
  unavailable: {
    status: 503,
    title: 'Unavailable for the moment',
    hint: 'The database did not answer in time. Try again, or ask for less at once; if it lasts, tell who runs this the id: it is in the log of the server.',
  },
  failed: {
    status: 500,
    title: 'Failed',
    hint: 'It is not your fault. Tell who runs this the id: it is in the log of the server.',
  },
} as const satisfies Readonly<Record<string, ProblemKind>>

/** The name of a problem. */
export type ProblemCode = keyof typeof problemKinds

/** Which problem an error of Backstory is; what is not here is `failed`, and its message stays inside. */
export const codesOfErrors: Partial<Readonly<Record<BackstoryErrorCode, ProblemCode>>> = {
  invalid_argument: 'invalid_request',
  unknown_column: 'invalid_request',
  invalid_context: 'invalid_request',
  invalid_query: 'invalid_query',
  invalid_cursor: 'invalid_cursor',
  not_permitted: 'not_permitted',
  entry_not_found: 'not_found',
  not_tracked: 'not_tracked',
  table_not_found: 'not_tracked',
  before_tracking: 'before_tracking',
  undo_conflict: 'undo_conflict',
  undo_refused: 'undo_refused',
  not_restorable: 'not_restorable',
  version_exists: 'version_exists',
  plan_changed: 'plan_changed',
  cannot_connect: 'unavailable',
  timed_out: 'unavailable',
}

/** What is thrown inside of the handler to answer with a problem. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly code: ProblemCode
  readonly errors: readonly ProblemDetail[]
  readonly headers: Readonly<Record<string, string>>

  constructor(
    code: ProblemCode,
    message: string,
    options: {
      readonly errors?: readonly ProblemDetail[]
      readonly headers?: Readonly<Record<string, string>>
    } = {},
  ) {
    super(message)
    this.code = code
    this.errors = options.errors ?? []
    this.headers = options.headers ?? {}
  }
}

/** One thing that is wrong with a request. */
export interface ProblemDetail {
  /** Into the body; `?name` is a parameter, `{name}` a part of the path. */
  readonly pointer: string
  readonly code: string
  readonly message: string
}
