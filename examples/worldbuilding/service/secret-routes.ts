import type { EntityManager } from '@mikro-orm/postgresql'
import type { FastifyInstance } from 'fastify'

import { keepSecret, readSecret } from '../secrets.ts'
import { refuseStrangers } from './refuse-strangers.ts'
import type { Sessions } from './session.ts'

/** What an author keeps to himself about an element: nobody else can ask for it, in no version of it either. */
export function addSecretRoutes(app: FastifyInstance, em: EntityManager, sessions: Sessions): void {
  const onRequest = refuseStrangers(sessions)

  app.get<{ Params: { id: string } }>(
    '/api/elements/:id/secret',
    { onRequest, schema: { params } },
    async (request, reply) => {
      const ownerId = sessions.find(request.raw) ?? ''
      return reply.send({ body: (await readSecret(em, request.params.id, ownerId)) ?? '' })
    },
  )

  app.put<{ Params: { id: string }; Body: { body: string } }>(
    '/api/elements/:id/secret',
    { onRequest, schema: { params, body } },
    async (request, reply) => {
      const ownerId = sessions.find(request.raw) ?? ''
      await keepSecret(em, { elementId: request.params.id, ownerId, body: request.body.body })
      return reply.code(204).send()
    },
  )
}

const params = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'string', format: 'uuid' } },
} as const

const body = {
  type: 'object',
  required: ['body'],
  additionalProperties: false,
  properties: { body: { type: 'string', maxLength: 10_000 } },
} as const
