import type { FastifyInstance } from 'fastify'
import type pg from 'pg'

import { addAuthor } from '../worlds.ts'
import { signOut, type Sessions } from './session.ts'

/** Signing in by name, which founds an author where there is none: this is an example, and knows no passwords. */
export function addSignIn(app: FastifyInstance, pool: pg.Pool, sessions: Sessions): void {
  app.get('/api/me', (request) => ({ authorId: sessions.find(request.raw) }))

  app.post<{ Body: { name: string } }>(
    '/api/sign-in',
    { schema: { body: signInBody } },
    async (request, reply) => {
      const name = request.body.name.trim()
      const authorId = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
      const { rowCount } = await pool.query('select from authors where id = $1', [authorId])
      if (rowCount === 0) await addAuthor(pool, { id: authorId, name })
      void reply.header('set-cookie', sessions.signIn(authorId))
      return { authorId }
    },
  )

  app.post('/api/sign-out', (_request, reply) => reply.header('set-cookie', signOut).send({ authorId: null }))
}

const signInBody = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: { name: { type: 'string', minLength: 1, maxLength: 60, pattern: '[A-Za-z0-9]' } },
} as const
