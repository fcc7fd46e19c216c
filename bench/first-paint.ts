/**
 * Measures the viewer's first paint of an element with 1,000 entries, in Chromium, against the real API and a PostgreSQL of its own:
 * `npm run bench:viewer`, `-- --rounds 9`. From the beginning of the navigation to the frame after the first entry is drawn; cold:
 * nothing is in the browser's cache. Times are those of this machine at this moment; the goal is 1,000 ms.
 */
import { createServer } from 'node:http'
import { parseArgs } from 'node:util'

import { createBackstory } from 'backstory'
import { createHandler } from 'backstory/http'
import { mount } from 'backstory/node'
import { audited } from 'backstory/pg'
import pg from 'pg'
import { chromium, type BrowserContext } from 'playwright-core'

import { findFreePort, startEmbeddedServer } from '../dev/embedded-server.ts'
import { chromiumPath } from '../test/support/has-chromium.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '9' } } })
const rounds = Number(values.rounds)
const postgres = await startEmbeddedServer()
const pool = audited(new pg.Pool({ connectionString: postgres.url }))
const backstory = createBackstory(pool)
await backstory.install()
await pool.query('create table notes (id integer primary key, title text not null, body text)')
await backstory.track('notes', { label: 'title' })
await pool.query(`insert into notes values (1, 'A note', 'x')`)
await pool.query(
  `do $$ begin for n in 1..999 loop update notes set body = 'the text of version ' || n; end loop; end $$`,
)
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

/** From the navigation's beginning to the frame after the first entry. */
async function measurePaint(context: BrowserContext, path: string): Promise<number> {
  const page = await context.newPage()
  await page.addInitScript(`
    const look = () => {
      const viewer = document.querySelector('backstory-log, backstory-timeline')
      if (viewer?.shadowRoot?.querySelector('article')) requestAnimationFrame(() => { window.paintedMs = performance.now() })
      else requestAnimationFrame(look)
    }
    requestAnimationFrame(look)`)
  await page.goto(`http://127.0.0.1:${port}${path}`)
  await page.locator('article').first().waitFor()
  const paintedMs = await page.evaluate<number>(
    `new Promise((resolve) => {
      const look = () => (window.paintedMs === undefined ? requestAnimationFrame(look) : resolve(window.paintedMs))
      look()
    })`,
  )
  await page.close()
  return paintedMs
}

const pages = [
  ['in a page of its own', '/audit/viewer/index.html?type=notes&id=1'],
  ['in a page of a host', '/host.html'],
  ['the log of everything', '/audit/viewer/index.html'],
] as const
for (const [name, path] of pages) {
  const [cold, warm]: [number[], number[]] = [[], []]
  for (let round = 0; round <= rounds; round++) {
    const context = await browser.newContext()
    const [first, second] = [await measurePaint(context, path), await measurePaint(context, path)]
    await context.close()
    // the first round is for warming up the server
    if (round === 0) continue
    cold.push(first)
    warm.push(second)
  }
  for (const [state, times] of [
    ['cold', cold],
    ['cached', warm],
  ] as const) {
    const sorted = times.toSorted((one, other) => one - other).map(Math.round)
    console.log(
      `first paint, ${name}, ${state}: median ${sorted[Math.floor(sorted.length / 2)]} ms, ${sorted[0]} to ${sorted.at(-1)} ms, of ${rounds}`,
    )
  }
}

await browser.close()
server.closeAllConnections()
await new Promise((resolve) => server.close(resolve))
await pool.end()
await postgres.stop()
