import { RequestContext } from '@mikro-orm/postgresql'
import { actingAsRequest, mount } from 'backstory/fastify'
import { createHandler } from 'backstory/http'
import fastify, { type FastifyInstance } from 'fastify'

import type { Application } from '../application.ts'
import { World } from '../models/world.ts'
import { answerError } from './answer-error.ts'
import { addElementRoutes } from './element-routes.ts'
import { addPages } from './pages.ts'
import { addSecretRoutes } from './secret-routes.ts'
import { addSignIn } from './sign-in.ts'
import { createSessions } from './session.ts'

/** The service: REST below `/api`, its page at `/`, and the history of everything below `/history`. */
export async function createService({
  orm,
  backstory,
}: Pick<Application, 'orm' | 'backstory'>): Promise<FastifyInstance> {
  const app = fastify()
  // JSON alone: no form of another site can send it
  app.removeContentTypeParser('text/plain')
  app.setErrorHandler(answerError)
  // a unit of work for each request: orm.em stands for it from here on
  app.addHook('preHandler', (_request, _reply, done) => {
    RequestContext.create(orm.em, done)
  })
  const sessions = createSessions()

  const history = createHandler(backstory, {
    authorize: async (request) => {
      const authorId = sessions.find(request)
      if (authorId === null) return null
      // a stream is asked about again, long after its request
      const worlds = await orm.em.fork().findAll(World, { fields: ['id'] })
      return {
        can: ['read', 'watch', 'export', 'restore', 'undo', 'label'],
        actor: { userId: authorId, actorKind: 'user' },
        // every world, what belongs to none, and one's own secrets
        sight: { scopes: [...worlds.map(({ id }) => String(id)), null, authorId] },
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
  addSignIn(app, orm.em, sessions)
  addElementRoutes(app, orm.em, sessions)
  addSecretRoutes(app, orm.em, sessions)
  await addPages(app)
  return app
}
