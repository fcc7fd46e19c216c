import { actingAs } from '../../context/context.ts'
import type { Handler } from '../handler.ts'
import { createContextReader, type RequestContextOptions } from './request-context.ts'

/** What Next.js hands to a route handler beside the request. */
export interface NextRouteContext {
  readonly params: Promise<Readonly<Record<string, string | string[] | undefined>>>
}

/** A route handler of Next.js. */
export type NextRouteHandler = (request: Request, context: NextRouteContext) => Promise<Response>

/**
 * Mounts the API into Next.js: `app/audit/[[...path]]/route.ts` says
 *
 * @example export const { GET, POST, DELETE, OPTIONS } = mount(handler)
 */
export function mount(
  handler: Handler,
): Readonly<Record<'GET' | 'POST' | 'DELETE' | 'OPTIONS', NextRouteHandler>> {
  const route: NextRouteHandler = async (request, { params }) => {
    const rest = Object.values(await params).find((value) => Array.isArray(value)) ?? []
    const segments = new URL(request.url).pathname.replace(/\/$/, '').split('/')
    return handler.at(segments.slice(0, segments.length - rest.length).join('/'))(request)
  }
  return { GET: route, POST: route, DELETE: route, OPTIONS: route }
}

/**
 * Makes route handlers and the like whose writes are recorded with the actor and the circumstances of the request.
 *
 * @example export const POST = actingAsRequest({ actor: findUser })(async (request) => …)
 */
export function actingAsRequest<NextRequest extends Request = Request>(
  options: RequestContextOptions<NextRequest>,
): <Rest extends readonly unknown[], Value>(
  route: (request: NextRequest, ...rest: Rest) => Promise<Value>,
) => (request: NextRequest, ...rest: Rest) => Promise<Value> {
  const readContext = createContextReader(options)
  return (route) =>
    async (request, ...rest) => {
      const context = await readContext(request, {
        header: (name) => request.headers.get(name),
        method: request.method,
        path: new URL(request.url).pathname,
      })
      return actingAs(context, () => route(request, ...rest))
    }
}
