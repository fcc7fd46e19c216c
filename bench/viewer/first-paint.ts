/**
 * Measures the viewer's first paint of an element with 1,000 entries, in Chromium, against the real API and a PostgreSQL of its own:
 * `npm run bench:viewer`, `-- --rounds 9`. From the beginning of the navigation to the frame after the first entry is drawn; cold:
 * nothing is in the browser's cache. Times are those of this machine at this moment; the goal is 1,000 ms.
 */
import { parseArgs } from 'node:util'

import type { BrowserContext } from 'playwright-core'

import { openStage } from './stage.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '9' } } })
const rounds = Number(values.rounds)
const { browser, origin, close } = await openStage([
  `insert into notes values (1, 'A note', 'x')`,
  `do $$ begin for n in 1..999 loop update notes set body = 'the text of version ' || n; end loop; end $$`,
])

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
  await page.goto(`${origin}${path}`)
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

await close()
