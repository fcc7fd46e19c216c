import { randomUUID } from 'node:crypto'

import type { Context } from '../../context/context.ts'
import { BackstoryError } from '../../core/errors.ts'

/** How the context of a request is made. */
export interface RequestContextOptions<FrameworkRequest> {
  /**
   * Who acts: `{ userId, actorKind, onBehalfOf … }`, undefined for nobody. Whatever else it gives is kept in the context,
   * and goes before what is found here.
   */
  readonly actor?: (
    request: FrameworkRequest,
  ) => Context | null | undefined | Promise<Context | null | undefined>
  /**
   * Whether the caller's address is recorded; it is personal data. `true`: as the framework sees it, by its own setting of
   * trusted proxies; a function says it otherwise. Default: no.
   */
  readonly ip?: boolean | ((request: FrameworkRequest) => string | undefined)
  /** `trace` of `@opentelemetry/api`: its active span is recorded as `traceparent`. Default: the header of that name. */
  readonly trace?: ActiveSpans
}

/** What is asked of `trace` of `@opentelemetry/api`. */
export interface ActiveSpans {
  readonly getActiveSpan: () =>
    | {
        readonly spanContext: () => {
          readonly traceId: string
          readonly spanId: string
          readonly traceFlags: number
        }
      }
    | undefined
}

/** What a framework knows of a request. */
export interface KnownRequest {
  /** A header, by its name in lower case. */
  readonly header: (name: string) => string | null | undefined
  readonly method: string | undefined
  /** The address; what follows a question mark is not recorded. */
  readonly path: string | undefined
  /** The pattern of the route, where it is known already. */
  readonly route?: string | undefined
  readonly ip?: string | undefined
}

/** Makes the context of one request. */
export type ReadContext<FrameworkRequest> = (
  request: FrameworkRequest,
  known: KnownRequest,
) => Promise<Context>

/**
 * Makes what reads the context of requests: `requestId` (the header X-Request-Id, or a new one), `method`, `route` (its
 * pattern, or the path), `traceparent`, `ip` if it is asked for, and what `actor` says. It rejects where a hook fails: then
 * nothing is to be written.
 *
 * @throws BackstoryError `invalid_option`
 */
export function createContextReader<FrameworkRequest>(
  options: RequestContextOptions<FrameworkRequest>,
): ReadContext<FrameworkRequest> {
  const { actor, ip, trace, ...others } = options
  const [unknownKey] = Object.keys(others)
  if (unknownKey !== undefined)
    throw invalid(`actingAsRequest() knows actor, ip and trace, not "${unknownKey}".`)
  if (actor !== undefined && typeof actor !== 'function') throw invalid('actor must be a function.')
  if (ip !== undefined && typeof ip !== 'boolean' && typeof ip !== 'function') {
    throw invalid('ip must be true, false or a function.')
  }
  return async (request, known) => {
    const given = known.header('x-request-id')
    const address = typeof ip === 'function' ? ip(request) : ip === true ? known.ip : undefined
    const traceparent = spanOf(trace) ?? parentOf(known.header('traceparent'))
    const route = known.route ?? known.path?.split('?')[0]
    return {
      requestId: typeof given === 'string' && /^[\w.:/+=-]{1,200}$/.test(given) ? given : randomUUID(),
      ...(known.method === undefined ? {} : { method: known.method }),
      ...(route === undefined ? {} : { route }),
      ...(address === undefined ? {} : { ip: address }),
      ...(traceparent === undefined ? {} : { traceparent }),
      ...(await actor?.(request)),
    }
  }
}

function invalid(message: string): BackstoryError {
  return new BackstoryError('invalid_option', message)
}

function spanOf(trace: ActiveSpans | undefined): string | undefined {
  const context = trace?.getActiveSpan()?.spanContext()
  if (context === undefined || /^0+$/.test(context.traceId)) return undefined
  return `00-${context.traceId}-${context.spanId}-${context.traceFlags.toString(16).padStart(2, '0')}`
}

// W3C Trace Context, 3.2: version, trace id, parent id, flags
function parentOf(header: string | null | undefined): string | undefined {
  return typeof header === 'string' &&
    /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}/.test(header)
    ? header.slice(0, 55)
    : undefined
}
