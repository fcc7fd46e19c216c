import { z } from 'zod'

import { routes, type Route } from './contract/routes.ts'
import { problem } from './contract/values.ts'

/**
 * The OpenAPI 3.1 document of the API, from the schemas that requests are validated by. Paths are relative to where the
 * handler is mounted.
 */
export function writeOpenApi(): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const [name, route] of Object.entries(routes)) {
    const operations = (paths[route.path] ??= {})
    operations[route.method.toLowerCase()] = operationOf(name, route)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Backstory',
      version: '1',
      description: 'The audit log of a PostgreSQL database: who changed what, when, and what was it before.',
    },
    servers: [{ url: '.' }],
    paths,
    components: { schemas: { Problem: schemaOf(problem, 'output') } },
  }
}

function operationOf(
  name: string,
  { can, summary, params, query, body, response, produces, method }: Route,
): object {
  const isWritten = method === 'POST' && (name === 'restore' || name === 'undo')
  return {
    operationId: name,
    summary,
    description: `Needs the capability \`${can}\`.`,
    parameters: [
      ...parametersOf(params, 'path'),
      ...parametersOf(query, 'query'),
      ...(isWritten
        ? [
            header('If-Match', true, 'The etag of a preview.'),
            header('Idempotency-Key', false, 'With the same key the same request is done once within a day.'),
          ]
        : []),
      ...(name === 'watch' ? [header('Last-Event-ID', false, 'Where to go on.')] : []),
    ],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(body, 'input') } },
          },
        }),
    responses: {
      [name === 'nameVersion' ? '201' : produces?.length === 0 ? '204' : '200']: {
        description: summary,
        ...contentOf(response, produces ?? []),
      },
      default: {
        description: 'What went wrong (RFC 9457).',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  }
}

function contentOf(response: z.ZodType | null, types: readonly string[]): object {
  const content = {
    ...(response === null ? {} : { 'application/json': { schema: schemaOf(response, 'output') } }),
    ...Object.fromEntries(types.map((type) => [type, { schema: { type: 'string' } }])),
  }
  return Object.keys(content).length === 0 ? {} : { content }
}

function header(name: string, required: boolean, description: string): object {
  return { name, in: 'header', required, description, schema: { type: 'string' } }
}

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query'): readonly object[] {
  if (!(schema instanceof z.ZodObject)) return []
  return Object.entries(schema.shape).map(([name, value]: [string, unknown]) => {
    if (!(value instanceof z.ZodType)) throw new TypeError(`The parameter ${name} has no schema.`)
    const isRequired = place === 'path' || !value.safeParse(undefined).success
    return { name, in: place, required: isRequired, schema: schemaOf(value, 'input') }
  })
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Readonly<Record<string, unknown>> {
  const { $schema: _, ...written } = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' })
  return written
}
