import type { onRequestHookHandler } from 'fastify'

import type { Sessions } from './session.ts'

/** Lets nobody through who has not signed in. */
export function refuseStrangers(sessions: Sessions): onRequestHookHandler {
  return (request, reply, done) => {
    if (sessions.find(request.raw) === null) {
      void reply.code(401).send({ message: 'Sign in first: POST /api/sign-in {"name": "Ada"}.' })
      return
    }
    done()
  }
}
