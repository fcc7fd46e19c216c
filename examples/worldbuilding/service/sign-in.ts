import type { EntityManager } from '@mikro-orm/postgresql'
import type { FastifyInstance } from 'fastify'

import { Author } from '../models/author.ts'
import { addAuthor } from '../worlds.ts'
import { signOut, type Sessions } from './session.ts'

/** Signing in by name, which founds an author where there is none: this is an example, and knows no passwords. */
export function addSignIn(app: FastifyInstance, em: EntityManager, sessions: Sessions): void {
  app.get('/api/me', (request) => ({ authorId: sessions.find(request.raw) }))

  app.post<{ Body: { name: string } }>(
    '/api/sign-in',
    { schema: { body: signInBody } },
    async (request, reply) => {
      const name = request.body.name.trim()
      const authorId = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
      if ((await em.findOne(Author, authorId)) === null) await addAuthor(em, { id: authorId, name })
      void reply.header('set-cookie', sessions.signIn(authorId))
      return { authorId }
    },
  )

  app.post('/api/sign-out', (_request, reply) => reply.header('set-cookie', signOut).send({ authorId: null }))
}

// with a letter: the id of an author is a scope, beside those of worlds, which are numbers
const signInBody = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: { name: { type: 'string', minLength: 1, maxLength: 60, pattern: '[A-Za-z]' } },
} as const
