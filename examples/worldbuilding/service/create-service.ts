import type { Backstory } from 'backstory'
import { actingAsRequest, mount } from 'backstory/fastify'
import { createHandler } from 'backstory/http'
import fastify, { type FastifyInstance } from 'fastify'
import type pg from 'pg'

import { addElementRoutes } from './element-routes.ts'
import { addPages } from './pages.ts'
import { addSecretRoutes } from './secret-routes.ts'
import { addSignIn } from './sign-in.ts'
import { createSessions } from './session.ts'

/**
 * The service: REST below `/api`, its page at `/`, and the history of everything below `/history`.
 *
 * @param pool `audited`, so that every write bears the author who is signed in
 */
export async function createService(pool: pg.Pool, backstory: Backstory<pg.Pool>): Promise<FastifyInstance> {
  const app = fastify()
  // JSON alone: no form of another site can send it
  app.removeContentTypeParser('text/plain')
  const sessions = createSessions()

  const history = createHandler(backstory, {
    authorize: async (request) => {
      const authorId = sessions.find(request)
      if (authorId === null) return null
      const { rows } = await pool.query<{ id: number }>('select id from worlds')
      return {
        can: ['read', 'watch', 'export', 'restore', 'undo', 'label'],
        actor: { userId: authorId, actorKind: 'user' },
        // every world, what belongs to none, and one's own secrets
        sight: { scopes: [...rows.map(({ id }) => String(id)), null, authorId] },
      }
    },
    writes: true,
  })
  await app.register(mount(history), { prefix: '/history' })

  await app.register(
    actingAsRequest({
      actor: ({ raw }) => {
        const authorId = sessions.find(raw)
        return authorId === null ? undefined : { userId: authorId, actorKind: 'user' }
      },
    }),
  )
  addSignIn(app, pool, sessions)
  addElementRoutes(app, pool, sessions)
  addSecretRoutes(app, pool, sessions)
  await addPages(app)
  return app
}
