/**
 * Measures scrolling through the viewer's log of 100,000 entries, in Chromium, against the real API and a PostgreSQL of its own:
 * `npm run bench:viewer`. The wheel is turned as fast as pages come, until every entry was on the page. For each tenth of the way: how long
 * frames took, how many entries are drawn, and how much memory JavaScript holds after a collection.
 */
import { openStage } from './stage.ts'

const entries = 100_000
const { browser, origin, close } = await openStage([
  `insert into notes select n, 'Note ' || n, 'x' from generate_series(1, 1000) n`,
  `do $$ begin for n in 1..99 loop update notes set body = 'round ' || n; end loop; end $$`,
])

const page = await (await browser.newContext()).newPage()
const devtools = await page.context().newCDPSession(page)
await devtools.send('HeapProfiler.enable')
await page.goto(`${origin}/audit/viewer/index.html?raw=1`)
await page.locator('article').first().waitFor()
await page.evaluate(`
  window.frameTimes = []
  window.seen = new Set()
  let last = performance.now()
  const look = (now) => {
    frameTimes.push(now - last)
    last = now
    for (const article of articles()) seen.add(article.dataset.entry)
    requestAnimationFrame(look)
  }
  window.articles = () => document.querySelector('backstory-log').shadowRoot.querySelectorAll('article')
  requestAnimationFrame(look)`)

interface Look {
  readonly seen: number
  readonly drawn: number
  readonly frames: readonly number[]
}

let [reported, stuck] = [0, 0]
while (reported < entries && stuck < 500) {
  const before = await page.evaluate<number>('seen.size')
  await page.mouse.wheel(0, 4000)
  await page.waitForTimeout(16)
  const { seen, drawn } = await page.evaluate<Look>('({ seen: seen.size, drawn: articles().length })')
  stuck = seen === before ? stuck + 1 : 0
  if (seen < reported + entries / 10) continue
  reported += entries / 10
  const frames = await page.evaluate<readonly number[]>('frameTimes.splice(0)')
  await devtools.send('HeapProfiler.collectGarbage')
  const { usedSize } = await devtools.send('Runtime.getHeapUsage')
  const sorted = frames.toSorted((one, other) => one - other)
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0)
  console.log(
    `after ${seen.toLocaleString('en')} entries: frames of ${at(0.5)} ms, 95 % below ${at(0.95)} ms, the longest ${at(1)} ms; ${drawn} entries drawn; ${(usedSize / 1e6).toFixed(1)} MB`,
  )
}
await close()
