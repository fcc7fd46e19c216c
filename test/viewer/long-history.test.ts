import { createBackstory } from 'backstory'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { describeInChromium } from '../support/chromium.ts'
import { openLog, type OpenLog } from './open-log.ts'

const entries = 100_000
/** A page of the viewer's has so many entries. */
const ofPage = 50

describeInChromium('a log of 100,000 entries', (open) => {
  let log: OpenLog
  beforeAll(async () => {
    log = await openLog(async (pool) => {
      await pool.query('create table notes (id integer primary key, title text not null, body text not null)')
      await createBackstory(pool).track('notes', { label: 'title' })
      await pool.query(`insert into notes select n, 'Note ' || n, 'x' from generate_series(1, 1000) n`)
      // the rest as capture would have written it, many entries of one moment: pages end in the midst of transactions
      await pool.query(
        `insert into audit_logs (element_type, element_id, "timestamp", action, changes, transaction_id)
         select 'notes', n::text, now() + interval '1 minute' * round, 'update',
           jsonb_build_object('before', jsonb_build_object('body', 'round ' || round - 1),
             'after', jsonb_build_object('body', 'round ' || round)),
           (1000 + round)::text::xid8
         from generate_series(1, 99) round, generate_series(1, 1000) n`,
      )
      await pool.query('analyze audit_logs')
    })
  })
  afterAll(() => log.close())

  it('is scrolled through page by page, each entry once, with few of them on the page and in memory', async () => {
    const page = await open(log.url({ raw: '1' }))
    await page.locator('article').first().waitFor()
    const newest = Number(await page.locator('article').first().getAttribute('data-entry'))
    const devtools = await page.context().newCDPSession(page)
    const weigh = async () => {
      await devtools.send('HeapProfiler.collectGarbage')
      const { usedSize } = await devtools.send('Runtime.getHeapUsage')
      return { heapMb: usedSize / 1e6, nodes: (await devtools.send('Memory.getDOMCounters')).nodes }
    }
    // what the beginning takes, all of it should take
    await scrollDown(page, entries / 50)
    const early = await weigh()
    const { seen, most, faults } = await scrollDown(page, entries / 20)
    expect(faults).toEqual([])
    expect(seen).toBeGreaterThanOrEqual(entries / 20)
    expect(most).toBeLessThanOrEqual(5 * ofPage)
    const late = await weigh()
    expect(late.nodes).toBeLessThan(early.nodes * 1.5)
    expect(late.heapMb).toBeLessThan(early.heapMb + 5)

    // what is far away was let go, and is asked for again
    log.asked.length = 0
    await page.evaluate('scrollTo(0, document.documentElement.scrollHeight / 2)')
    // near the middle, and whole: a page between two others may be the last to come
    const isDrawn = (drawn: readonly string[]) =>
      Math.abs(Number(drawn[0]) - (newest - seen / 2)) < 3 * ofPage &&
      drawn.every((id, index) => Number(id) === Number(drawn[0]) - index)
    await expect
      .poll(async () => isDrawn(await page.evaluate<readonly string[]>(drawnEntries)), { timeout: 20_000 })
      .toBe(true)
    const again = log.asked.filter((path) => path.startsWith('/audit/entries?')).length
    expect(again).toBeGreaterThan(0)
    expect(again).toBeLessThanOrEqual(10)
    await page.evaluate('scrollTo(0, 0)')
    await expect.poll(() => page.locator('article').first().getAttribute('data-entry')).toBe(String(newest))
  })

  it('is gone into in its midst, and to its beginning, by time', async () => {
    const { rows } = await log.pool.query<{ id: string; at: string }>(
      `select max(id)::text as id, to_char("timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at
       from audit_logs
       where changes->'after'->>'body' in ('round 50', 'round 1')
       group by "timestamp"
       order by 1 desc`,
    )
    expect(rows).toHaveLength(2)
    const [middle, early] = rows
    const page = await open(log.url({ raw: '1', q: `until:${middle?.at}` }))
    for (const [moment, many] of [
      [middle, 1000],
      [early, 1000],
    ] as const) {
      // up to, and not including: what is of the round before
      const first = Number(moment?.id) - 1000
      await page.goto(log.url({ raw: '1', q: `until:${moment?.at}` }))
      await page.locator('article').first().waitFor()
      expect(await page.locator('article').first().getAttribute('data-entry')).toBe(String(first))
      const { seen, faults } = await scrollDown(page, many)
      expect([faults, seen >= many]).toEqual([[], true])
    }
    await page.getByText('The beginning of the history.').waitFor()
    expect(await page.locator('article').last().textContent()).toContain('created Note 1')
  })

  it('is drawn from one page of entries where it is that of one element, and from one entry where an address leads there', async () => {
    log.asked.length = 0
    const page = await open(log.url({ type: 'notes', id: '500', raw: '1' }))
    await page
      .locator('article')
      .nth(ofPage - 1)
      .waitFor()
    expect(await page.locator('article').count()).toBeLessThanOrEqual(2 * ofPage)
    expect(log.asked.filter((path) => path.startsWith('/audit/entries?')).length).toBeLessThanOrEqual(2)
    await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)')
    await page.locator('article', { hasText: 'created this note' }).waitFor()
    const { rows } = await log.pool.query<{ id: string }>('select min(id)::text as id from audit_logs')
    await page.goto(log.url({ raw: '1', entry: rows[0]?.id ?? '' }))
    await page
      .getByRole('region', { name: 'What the address leads to' })
      .getByText('created Note 1')
      .waitFor()
  })
})

interface Scrolled {
  /** How many entries were on the page so far. */
  readonly seen: number
  /** How many were on it at once, at most. */
  readonly most: number
  readonly faults: readonly string[]
}

/**
 * Scrolls down, in the page, until so many entries were seen. Ids have no gaps here: what is drawn at any time must be a row
 * of them, and each end further than the one before by no more than is drawn.
 */
function scrollDown(page: Page, until: number): Promise<Scrolled> {
  return page.evaluate<Scrolled>(`new Promise((resolve) => {
    const tree = document.querySelector('backstory-log').shadowRoot
    const scrolled = (window.scrolled ??= { seen: 0, most: 0, faults: [], newest: null, lowest: null })
    let stuck = 0
    const look = () => {
      const ids = [...tree.querySelectorAll('article')].map((article) => Number(article.dataset.entry))
      scrolled.newest ??= ids[0]
      scrolled.lowest ??= ids[0] + 1
      ids.forEach((id, index) => {
        if (index > 0 && id !== ids[index - 1] - 1) scrolled.faults.push('behind ' + ids[index - 1] + ' comes ' + id)
      })
      if (ids.length > 0 && ids[0] > scrolled.newest) scrolled.faults.push('newer than the newest: ' + ids[0])
      if (ids.length > 0 && ids[0] < scrolled.lowest - 1) scrolled.faults.push('left out between ' + scrolled.lowest + ' and ' + ids[0])
      const last = ids.at(-1) ?? scrolled.lowest
      stuck = last < scrolled.lowest ? 0 : stuck + 1
      scrolled.lowest = Math.min(scrolled.lowest, last)
      scrolled.seen = scrolled.newest - scrolled.lowest + 1
      scrolled.most = Math.max(scrolled.most, ids.length)
      if (scrolled.seen >= ${until} || stuck > 600 || scrolled.faults.length > 5) return resolve(scrolled)
      scrollTo(0, document.documentElement.scrollHeight)
      requestAnimationFrame(look)
    }
    look()
  })`)
}

const drawnEntries = `[...document.querySelector('backstory-log').shadowRoot.querySelectorAll('article')].map(
  (article) => article.dataset.entry,
)`
