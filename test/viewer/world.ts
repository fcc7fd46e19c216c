import { actingAs, type Backstory } from 'backstory'
import { createHandler, type Grant, type HandlerOptions } from 'backstory/http'
import type pg from 'pg'

import { openApplication } from '../../examples/worldbuilding/application.ts'
import * as seed from '../../examples/worldbuilding/seed.ts'
import { editAtOnce, find, foundWorld, goOn, type Cast } from '../../examples/worldbuilding/story.ts'
import { createTally } from '../../examples/worldbuilding/tally.ts'
import { createPostgresDatabase } from '../support/database.ts'
import { serve, type TestServer } from '../support/serve.ts'

/** A world of the reference application, with its history, behind the real API. */
export interface TestWorld {
  readonly pool: pg.Pool
  readonly backstory: Backstory<pg.Pool>
  readonly cast: Cast
  /** The id of the character about whom most is told. */
  readonly heroineId: string
  readonly server: TestServer
  /** The stand-alone page, with an address' parameters. */
  readonly pageUrl: (parameters?: Readonly<Record<string, string>>) => string
  /** The page of the heroine. */
  readonly heroineUrl: (parameters?: Readonly<Record<string, string>>) => string
  /** Renames an element as somebody. */
  readonly rename: (userId: string, id: string, name: string, reason?: string) => Promise<void>
  readonly close: () => Promise<void>
}

/** What a test page says that the caller may do, by its address: `?as=reader`. */
const grants: Readonly<Record<string, Grant | null>> = {
  editor: { can: ['read', 'watch', 'export', 'restore', 'undo', 'label'], actor: { userId: 'ada' } },
  reader: { can: ['read'], actor: { userId: 'bo' } },
  nobody: null,
}

/** Opens a world. `as` says what its caller may do; it can be changed between requests. */
export async function openWorld(
  options: HandlerOptions = {},
): Promise<TestWorld & { as: keyof typeof grants }> {
  const { url, drop } = await createPostgresDatabase()
  const application = await openApplication({ url, capture: 'trigger' })
  const { pool, backstory } = application
  const cast = await foundWorld(application, createTally())
  await editAtOnce(application, createTally(), cast)
  await goOn(application, createTally(), cast)

  const caller = { as: 'editor' }
  const handle = createHandler(backstory, {
    authorize: () => grants[caller.as] ?? null,
    writes: true,
    basePath: '/audit',
    pollMs: 100,
    ...options,
  })
  const server = await serve(async (request) => (await answerHostPage(request)) ?? handle(request))
  const heroineId = find(cast, seed.heroine)
  const pageUrl: TestWorld['pageUrl'] = (parameters = {}) =>
    `${server.origin}/audit/viewer/?${new URLSearchParams(parameters).toString()}`
  return {
    pool,
    backstory,
    cast,
    heroineId,
    server,
    pageUrl,
    heroineUrl: (parameters = {}) => pageUrl({ type: 'world_elements', id: heroineId, ...parameters }),
    rename: (userId, id, name, reason) =>
      actingAs({ userId, ...(reason === undefined ? {} : { reason }) }, async () => {
        await pool.query('update world_elements set name = $2 where id = $1', [id, name])
      }),
    get as() {
      return caller.as
    },
    set as(as) {
      caller.as = as
    },
    close: async () => {
      await server.stop()
      await application.close()
      await drop()
    },
  }
}

/** The policy under which a host's page embeds the elements: that of the stand-alone page. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'self'; base-uri 'none'"

/** Pages of a host that embeds the elements: `/host.html?<body>`, with a script of its own in `?script=`. */
async function answerHostPage(request: Request): Promise<Response | null> {
  const { pathname, searchParams } = new URL(request.url)
  if (pathname === '/host.js') {
    return new Response(searchParams.get('script'), { headers: { 'content-type': 'text/javascript' } })
  }
  if (pathname !== '/host.html') return null
  const script = searchParams.get('script')
  const scriptTag =
    script === null
      ? ''
      : `<script type="module" src="/host.js?script=${encodeURIComponent(script)}"></script>`
  return new Response(
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A host</title><link rel="icon" href="data:,">
     <meta name="viewport" content="width=device-width, initial-scale=1">
     ${scriptTag}<script type="module" src="/audit/viewer/backstory-viewer.js"></script></head>
     <body><main><h1>A host</h1><h2>History</h2>${searchParams.get('body') ?? ''}</main></body></html>`,
    { headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy } },
  )
}
