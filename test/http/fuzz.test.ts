import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { createHandler } from '../../src/http.ts'
import { openPostgres } from '../support/database.ts'
import { createClient, type TestClient } from '../support/http-client.ts'

interface Schema {
  readonly type?: string
  readonly enum?: readonly string[]
  readonly examples?: readonly string[]
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
}

interface Operation {
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[]
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } }
}

const odd = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    '0',
    '1',
    '2',
    '-1',
    '9223372036854775808',
    '1e9',
    'null',
    '2026-01-31',
    '2026-02-31',
    '0001-01-01',
    '9999-12-31',
  ),
  fc.constantFrom(
    '2026-01-31T23:59:60Z',
    '0001-01-01T00:00:00+15:59',
    '9999-12-31T23:59:59.999999-15:00',
    '2026-01-31T12:00:00+01:00',
  ),
  fc.constantFrom(
    'notes',
    'public.notes',
    'pg_catalog.pg_class',
    '"notes"',
    '["a",1]',
    '{}',
    '../..',
    '%',
    '_',
    "'; drop table notes; --",
  ),
  fc.constantFrom(
    'attributes.rank',
    '*',
    '*.*',
    '/a~2',
    '/',
    'a..b',
    'body.0',
    'body.-1',
    'body.99999999999999999999',
  ),
  fc.constantFrom('Europe/Berlin', 'UTC', 'Etc/GMT+12', 'Nowhere/Never', 'CET', 'posix/Europe/Berlin'),
  fc.constantFrom(
    'actor:ada since:7d -text',
    'new.body:1.50',
    'changed:* "(" -"["',
    'since:1y until:1m',
    'old.*.x:null',
    'context.a:1',
  ),
  fc
    .string()
    .map((text) => Buffer.from(JSON.stringify({ v: 1, now: text, cursor: text })).toString('base64url')),
  fc
    .integer({ min: 0, max: 10 })
    .map((id) =>
      Buffer.from(
        JSON.stringify({ v: 1, before: `${id}:${id}:`, until: null, id: '0', foreign: '0' }),
      ).toString('base64url'),
    ),
)

const accepted = fc.constantFrom('*/*', 'application/json', 'application/x-ndjson', 'text/csv', 'a/b;q', '')

function valueOf(schema: Schema): fc.Arbitrary<string> {
  const sensible = [
    ...(schema.enum ?? []),
    ...(schema.examples ?? []),
    ...(schema.anyOf ?? []).flatMap((one) => [...(one.enum ?? []), ...(one.items?.enum ?? [])]),
    ...(schema.type === 'integer' ? ['1', '3', '50'] : []),
  ]
  return sensible.length === 0 ? odd : fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...sensible) }, odd)
}

function bodyOf(schema: Schema): fc.Arbitrary<unknown> {
  const members = Object.entries(schema.properties ?? {}).map(
    ([name, member]) =>
      [
        name,
        fc.option(
          member.type === 'array'
            ? fc.array(valueOf(member.items ?? {}), { maxLength: 3 })
            : member.type === 'boolean'
              ? fc.boolean()
              : fc.oneof({ weight: 6, arbitrary: valueOf(member) }, fc.jsonValue()),
          { nil: undefined },
        ),
      ] as const,
  )
  return fc.oneof({ weight: 6, arbitrary: fc.record(Object.fromEntries(members)) }, fc.jsonValue())
}

describe('every route of the OpenAPI document', () => {
  let db: Awaited<ReturnType<typeof openPostgres>>
  let client: TestClient
  const failures: unknown[] = []

  beforeAll(async () => {
    db = await openPostgres()
    await db.run('create table notes (id integer primary key, body text, attributes jsonb)')
    const backstory = createBackstory(db.database)
    await backstory.track('notes', { label: 'body' })
    await db.run(`
      insert into notes values (1, 'a', '{"rank": 1.50}'), (2, '(', null);
      update notes set body = 'b' where id = 1;
      delete from notes where id = 2`)
    client = createClient(
      createHandler(backstory, {
        authorize: () => ({
          can: ['read', 'watch', 'export', 'restore', 'undo', 'label', 'forget'],
          actor: { userId: 'ada' },
        }),
        writes: true,
        pollMs: 10,
        streamMs: 20,
        onFailure: ({ error }) => failures.push(error),
      }),
    )
  })
  afterAll(() => db.close())

  test('answers whatever it is asked, without a failure or a trace of the inside', async () => {
    const { body } = await client.get('/openapi.json')
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an OpenAPI document, as far as it is needed here
    const paths = body['paths'] as Readonly<Record<string, Readonly<Record<string, Operation>>>>
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        path,
        method: method.toUpperCase(),
        operation,
      })),
    )
    expect(operations.length).toBeGreaterThan(20)
    for (const { path, method, operation } of operations) {
      const parameters = operation.parameters.filter(({ in: place }) => place !== 'header')
      const given = fc.record(
        Object.fromEntries(
          parameters.map(({ name, schema }) => [
            name,
            fc.oneof(
              { weight: 3, arbitrary: fc.array(valueOf(schema), { minLength: 1, maxLength: 1 }) },
              { weight: 2, arbitrary: fc.constant([]) },
              { weight: 1, arbitrary: fc.array(valueOf(schema), { maxLength: 3 }) },
            ),
          ]),
        ),
      )
      const schema = operation.requestBody?.content['application/json'].schema
      const sent = schema === undefined ? fc.constant(undefined) : bodyOf(schema)
      await fc.assert(
        fc.asyncProperty(given, sent, fc.boolean(), accepted, async (values, json, isExtra, accept) => {
          const query = new URLSearchParams(isExtra && Math.abs(path.length) % 7 === 0 ? { extra: '1' } : {})
          let filled = path
          for (const { name, in: place } of parameters) {
            const all: readonly string[] = values[name] ?? []
            if (place === 'path')
              filled = filled.replace(`{${name}}`, encodeURIComponent((all[0] ?? 'x').toWellFormed()))
            else for (const value of all) query.append(name, value.toWellFormed())
          }
          const answer = await client.send(method, `${filled}?${query.toString()}`, {
            ...(json === undefined ? {} : { body: JSON.stringify(json) ?? 'null' }),
            headers: { 'content-type': 'application/json', 'if-match': '*', accept },
          })
          expect(failures.splice(0)).toEqual([])
          expect(answer.status).toBeLessThan(500)
          expect(answer.text).not.toMatch(/\n\s+at |node_modules|public\.audit_logs/)
          if (answer.status >= 400) {
            expect(answer.body).toMatchObject({
              status: answer.status,
              detail: expect.any(String),
              hint: expect.any(String),
            })
          }
        }),
        { numRuns: 60 },
      )
    }
  })
})
