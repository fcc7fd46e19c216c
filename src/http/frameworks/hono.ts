import { actingAs } from '../../context/context.ts'
import type { Handler } from '../handler.ts'
import { basePathAt } from './base-path.ts'
import { createContextReader, type RequestContextOptions } from './request-context.ts'

/** What is asked of the context of Hono. */
export interface HonoLikeContext {
  readonly req: {
    readonly raw: Request
    readonly path: string
    readonly routePath: string
    readonly method: string
    header(name: string): string | undefined
  }
}

/**
 * Mounts the API into Hono.
 *
 * @example app.all('/audit/*', mount(handler))
 */
export function mount(handler: Handler): (context: HonoLikeContext) => Promise<Response> {
  return ({ req }) => handler.at(basePathAt(req.routePath.replace(/\/\*$/, ''), req.raw.url))(req.raw)
}

/**
 * Middleware that records what a request writes with its actor and circumstances.
 *
 * @example app.use(actingAsRequest({ actor: (context) => ({ userId: context.get('user')?.id }) }))
 */
export function actingAsRequest<HonoContext extends HonoLikeContext = HonoLikeContext>(
  options: RequestContextOptions<HonoContext>,
): (context: HonoContext, next: () => Promise<void>) => Promise<void> {
  const readContext = createContextReader(options)
  return async (context, next) => {
    const { req } = context
    const made = await readContext(context, {
      header: (name) => req.header(name),
      method: req.method,
      path: req.path,
    })
    await actingAs(made, next)
  }
}
