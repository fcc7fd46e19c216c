import type { Server } from 'node:http'

import type { ActiveSpans } from '../../../src/express.ts'
import type { Handler } from '../../../src/http.ts'

/** A real server of a framework: the API at `/audit`, and `/write`, which runs `write` in the context of the request. */
export interface Framework {
  readonly name: string
  /** Whether requests come through a body parser of the framework before they reach the API. */
  readonly parsesBodies?: boolean
  /** Whether it hands us what is no request of the web, or answers it as the caller's mistake. Next.js: 500. Default: yes. */
  readonly answersOddRequests?: boolean
  readonly start: (parts: FrameworkParts) => Promise<RunningServer>
}

/** What a server is made of. */
export interface FrameworkParts {
  readonly handler: Handler
  /** Writes something, and gives back nothing. */
  readonly write: () => Promise<void>
  /** `trace` of OpenTelemetry. */
  readonly trace: ActiveSpans
}

/** A server that runs. */
export interface RunningServer {
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>
  readonly port: number
  readonly close: () => Promise<void>
}

/** Whoever the header says: the tests' way of signing in, which fails for one of them. */
export function userOf(header: string | null | string[] | undefined) {
  if (header === 'broken') throw new Error('the sessions are out of reach')
  return typeof header === 'string' ? { userId: header, actorKind: 'user' as const } : undefined
}

/** A server of Node that listens. */
export async function listening(server: Server): Promise<RunningServer> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    port,
    fetch: (path, init) => fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual', ...init }),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}
