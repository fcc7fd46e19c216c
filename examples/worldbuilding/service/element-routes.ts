import type { EntityManager } from '@mikro-orm/postgresql'
import { actingAs } from 'backstory'
import type { FastifyInstance } from 'fastify'

import { createElement, deleteElement, editElement, readElement } from '../elements.ts'
import { elementKinds, WorldElement, type ElementKind } from '../models/world-element.ts'
import { World } from '../models/world.ts'
import { relate, unrelate } from '../relations.ts'
import { createWorld } from '../worlds.ts'
import { refuseStrangers } from './refuse-strangers.ts'
import type { Sessions } from './session.ts'

interface ElementBody {
  readonly name: string
  readonly summary: string
  readonly body: string
  readonly attributes: Readonly<Record<string, unknown>>
  /** Why; kept with the entry. */
  readonly reason?: string
}

/** Worlds, elements and relations. Every author may write all of them; who it was is in the history. */
export function addElementRoutes(app: FastifyInstance, em: EntityManager, sessions: Sessions): void {
  const onRequest = refuseStrangers(sessions)

  app.get('/api/worlds', { onRequest }, () => em.findAll(World, { orderBy: { name: 'asc' } }))

  app.post<{ Body: { name: string; premise: string } }>(
    '/api/worlds',
    { onRequest, schema: { body: objectOf({ name: filled, premise: text }, ['name', 'premise']) } },
    async (request, reply) => reply.code(201).send({ id: await createWorld(em, request.body) }),
  )

  app.get<{ Params: { id: number } }>(
    '/api/worlds/:id/elements',
    { onRequest, schema: { params: worldParams } },
    (request) =>
      em.find(
        WorldElement,
        { world: request.params.id },
        { fields: ['kind', 'name', 'summary'], orderBy: [{ kind: 'asc' }, { name: 'asc' }] },
      ),
  )

  app.post<{ Params: { id: number }; Body: { kind: ElementKind; name: string } }>(
    '/api/worlds/:id/elements',
    { onRequest, schema: { params: worldParams, body: objectOf({ kind, name: filled }, ['kind', 'name']) } },
    async (request, reply) => {
      const authorId = sessions.find(request.raw) ?? ''
      const id = await createElement(em, { ...request.body, worldId: request.params.id, authorId })
      return reply.code(201).send({ id })
    },
  )

  app.get<{ Params: { id: string } }>(
    '/api/elements/:id',
    { onRequest, schema: { params: elementParams } },
    (request) => readElement(em, request.params.id),
  )

  app.put<{ Params: { id: string }; Body: ElementBody }>(
    '/api/elements/:id',
    {
      onRequest,
      schema: {
        params: elementParams,
        body: objectOf(
          { name: filled, summary: text, body: text, attributes: { type: 'object' }, reason: text },
          ['name', 'summary', 'body', 'attributes'],
        ),
      },
    },
    async (request, reply) => {
      const { reason, ...written } = request.body
      await actingAs(reason === undefined || reason === '' ? {} : { reason }, () =>
        editElement(em, request.params.id, () => written),
      )
      return reply.code(204).send()
    },
  )

  app.delete<{ Params: { id: string } }>(
    '/api/elements/:id',
    { onRequest, schema: { params: elementParams } },
    async (request, reply) => {
      await deleteElement(em, request.params.id)
      return reply.code(204).send()
    },
  )

  app.post<{ Params: { id: string }; Body: { kind: string; toId: string } }>(
    '/api/elements/:id/relations',
    {
      onRequest,
      schema: { params: elementParams, body: objectOf({ kind: filled, toId: uuid }, ['kind', 'toId']) },
    },
    async (request, reply) => {
      await relate(em, request.params.id, request.body.kind, request.body.toId)
      return reply.code(204).send()
    },
  )

  app.delete<{ Params: { id: number } }>(
    '/api/relations/:id',
    { onRequest, schema: { params: worldParams } },
    async (request, reply) => {
      await unrelate(em, request.params.id)
      return reply.code(204).send()
    },
  )
}

const text = { type: 'string', maxLength: 100_000 } as const
const filled = { type: 'string', minLength: 1, maxLength: 200 } as const
const uuid = { type: 'string', format: 'uuid' } as const
const kind = { enum: elementKinds }
const worldParams = objectOf({ id: { type: 'integer', minimum: 1, maximum: 2_147_483_647 } }, ['id'])
const elementParams = objectOf({ id: uuid }, ['id'])

function objectOf(properties: Readonly<Record<string, object>>, required: readonly string[]): object {
  return { type: 'object', additionalProperties: false, properties, required }
}
