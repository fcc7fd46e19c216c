import { createServer } from 'node:http'

import { createBackstory } from 'backstory'
import { createHandler } from 'backstory/http'
import { mount } from 'backstory/node'
import { audited } from 'backstory/pg'
import pg from 'pg'
import { chromium, type Browser } from 'playwright-core'

import { findFreePort, startEmbeddedServer } from '../../dev/embedded-server.ts'
import { chromiumPath } from '../../test/support/has-chromium.ts'

/** Chromium, in front of the real API over a table of notes in a PostgreSQL of its own. */
export interface Stage {
  readonly browser: Browser
  /** Where the server answers; the API is below `/audit`, a page of a host at `/host.html`. */
  readonly origin: string
  readonly close: () => Promise<void>
}

/** Opens a stage whose log was made by some statements on `notes (id, title, body)`, which is tracked. */
export async function openStage(statements: readonly string[]): Promise<Stage> {
  const postgres = await startEmbeddedServer()
  const pool = audited(new pg.Pool({ connectionString: postgres.url }))
  const backstory = createBackstory(pool)
  await backstory.install()
  await pool.query('create table notes (id integer primary key, title text not null, body text)')
  await backstory.track('notes', { label: 'title' })
  for (const statement of statements) await pool.query(statement)
  const handler = createHandler(backstory, {
    authorize: () => ({ can: ['read', 'watch', 'export', 'restore', 'undo', 'label'] }),
    writes: true,
  })
  const api = mount(handler, { basePath: '/audit' })
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/host.html') !== true) {
      api(request, response)
      return
    }
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(
      `<!doctype html><html lang="en"><title>A host</title><link rel="icon" href="data:,">
       <script type="module" src="/audit/viewer/backstory-viewer.js"></script>
       <backstory-timeline api="/audit" element-type="notes" element-id="1"></backstory-timeline>`,
    )
  })
  const port = await findFreePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    args: ['--headless', '--no-sandbox', '--disable-gpu'],
  })
  return {
    browser,
    origin: `http://127.0.0.1:${port}`,
    close: async () => {
      await browser.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      // what a closed page was still asking for ends with the server
      pool.on('error', () => undefined)
      await pool.end()
      await postgres.stop()
    },
  }
}
