import { actingAs } from 'backstory'
import type { FastifyInstance } from 'fastify'
import type pg from 'pg'

import { createElement, deleteElement, editElement, type ElementKind } from '../elements.ts'
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
export function addElementRoutes(app: FastifyInstance, pool: pg.Pool, sessions: Sessions): void {
  const onRequest = refuseStrangers(sessions)

  app.get('/api/worlds', { onRequest }, async () => {
    const { rows } = await pool.query('select id, name, premise from worlds order by name')
    return rows
  })

  app.post<{ Body: { name: string; premise: string } }>(
    '/api/worlds',
    { onRequest, schema: { body: objectOf({ name: filled, premise: text }, ['name', 'premise']) } },
    async (request, reply) => reply.code(201).send({ id: await createWorld(pool, request.body) }),
  )

  app.get<{ Params: { id: number } }>(
    '/api/worlds/:id/elements',
    { onRequest, schema: { params: worldParams } },
    async (request, reply) => {
      const { rows } = await pool.query(
        'select id, kind, name, summary from world_elements where world_id = $1 order by kind, name',
        [request.params.id],
      )
      return reply.send(rows)
    },
  )

  app.post<{ Params: { id: number }; Body: { kind: ElementKind; name: string } }>(
    '/api/worlds/:id/elements',
    { onRequest, schema: { params: worldParams, body: objectOf({ kind, name: filled }, ['kind', 'name']) } },
    async (request, reply) => {
      const authorId = sessions.find(request.raw) ?? ''
      const id = await createElement(pool, { ...request.body, worldId: request.params.id, authorId })
      return reply.code(201).send({ id })
    },
  )

  app.get<{ Params: { id: string } }>(
    '/api/elements/:id',
    { onRequest, schema: { params: elementParams } },
    async (request, reply) => {
      const { rows } = await pool.query(
        `select id, world_id as "worldId", kind, name, summary, body, attributes
         from world_elements
         where id = $1`,
        [request.params.id],
      )
      if (rows[0] === undefined) return reply.code(404).send({ message: 'There is no such element.' })
      const relations = await pool.query(
        `select r.id, r.kind, e.id as "toId", e.name as "toName"
         from relations r
         join world_elements e on e.id = r.to_id
         where r.from_id = $1
         order by r.id`,
        [request.params.id],
      )
      return { ...rows[0], relations: relations.rows }
    },
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
        editElement(pool, request.params.id, () => written),
      )
      return reply.code(204).send()
    },
  )

  app.delete<{ Params: { id: string } }>(
    '/api/elements/:id',
    { onRequest, schema: { params: elementParams } },
    async (request, reply) => {
      await deleteElement(pool, request.params.id)
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
      await relate(pool, request.params.id, request.body.kind, request.body.toId)
      return reply.code(204).send()
    },
  )

  app.delete<{ Params: { id: number } }>(
    '/api/relations/:id',
    { onRequest, schema: { params: worldParams } },
    async (request, reply) => {
      await unrelate(pool, request.params.id)
      return reply.code(204).send()
    },
  )
}

const text = { type: 'string', maxLength: 100_000 } as const
const filled = { type: 'string', minLength: 1, maxLength: 200 } as const
const uuid = { type: 'string', format: 'uuid' } as const
const kind = { enum: ['character', 'place', 'faction', 'item', 'event', 'lore'] } as const
const worldParams = objectOf({ id: { type: 'integer', minimum: 1, maximum: 2_147_483_647 } }, ['id'])
const elementParams = objectOf({ id: uuid }, ['id'])

function objectOf(properties: Readonly<Record<string, object>>, required: readonly string[]): object {
  return { type: 'object', additionalProperties: false, properties, required }
}
