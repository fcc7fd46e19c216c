import type { ViewerClient } from '../embedding.ts'

/** The token that an element brings, and where another one comes from. */
export interface Bearer {
  token: string | undefined
  renew: (() => string | Promise<string>) | undefined
  /** Whether the API did not take it, and there was no better one. */
  isRefused: boolean
}

/**
 * A client that brings the token with every request. Where there is none yet, or the API takes it no more, the host is
 * asked for another one, once for all that wait for it.
 */
export function withToken(client: ViewerClient, bearer: Bearer): ViewerClient {
  const send = client.fetch ?? ((request: Request) => fetch(request))
  let renewing: Promise<void> | undefined
  const renew = () =>
    (renewing ??= (async () => {
      try {
        bearer.token = await bearer.renew?.()
      } finally {
        renewing = undefined
      }
    })())
  return {
    ...client,
    fetch: async (request) => {
      const again = request.clone()
      if (bearer.token === undefined) await renew()
      const { token } = bearer
      let answer = await send(bring(request, token))
      if (answer.status === 401 && bearer.renew !== undefined) {
        // it may have been renewed meanwhile
        if (bearer.token === token) await renew()
        answer = await send(bring(again, bearer.token))
      }
      bearer.isRefused = answer.status === 401
      return answer
    },
  }
}

function bring(request: Request, token: string | undefined): Request {
  request.headers.set('authorization', `Bearer ${token}`)
  return request
}
