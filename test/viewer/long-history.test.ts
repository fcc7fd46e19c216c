import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { createBackstory } from 'backstory'
import { createHandler } from 'backstory/http'
import { audited } from 'backstory/pg'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { createDocuments, documentsTable } from '../../examples/replay/documents.ts'
import type { Edit } from '../../examples/replay/edit.ts'
import { openEditFile } from '../../examples/replay/read-edits.ts'
import { replayEdits } from '../../examples/replay/replay-edits.ts'
import { describeInChromium, expectAccessible } from '../support/chromium.ts'
import { createPostgresDatabase } from '../support/database.ts'
import { serve, type TestServer } from '../support/serve.ts'

const sharedHistory = fileURLToPath(new URL('../../../shared/data/srd-history.ndjson.gz', import.meta.url))

/** A log behind the API, made by `fill`. */
async function openLog(fill: (pool: pg.Pool) => Promise<void>) {
  const { url, drop } = await createPostgresDatabase()
  const pool = audited(new pg.Pool({ connectionString: url }))
  await fill(pool)
  const handle = createHandler(createBackstory(pool), {
    authorize: () => ({ can: ['read'] }),
    basePath: '/audit',
  })
  const asked: string[] = []
  const server: TestServer = await serve((request) => {
    asked.push(new URL(request.url).pathname)
    return handle(request)
  })
  return {
    asked,
    url: (parameters: Readonly<Record<string, string>>) =>
      `${server.origin}/audit/viewer/?${new URLSearchParams(parameters).toString()}`,
    close: async () => {
      await server.stop()
      await pool.end()
      await drop()
    },
  }
}

describeInChromium('a long history', (open) => {
  let log: Awaited<ReturnType<typeof openLog>>
  beforeAll(async () => {
    log = await openLog(async (pool) => {
      await pool.query('create table notes (id integer primary key, title text not null, body text not null)')
      await createBackstory(pool).track('notes', { label: 'title' })
      await pool.query(`insert into notes select n, 'Note ' || n, 'x' from generate_series(1, 500) n`)
      await pool.query(`do $$ begin for n in 1..1000 loop
        update notes set body = 'the text of version ' || n where id = 1;
      end loop; end $$`)
      await pool.query(
        `do $$ begin for n in 1..20 loop update notes set body = 'round ' || n; end loop; end $$`,
      )
    })
  })
  afterAll(() => log.close())

  it('of an element is drawn from one page of its entries', async () => {
    log.asked.length = 0
    const page = await open(log.url({ type: 'notes', id: '1', raw: '1' }))
    await page.locator('article').first().waitFor()
    expect(log.asked.filter((path) => path === '/audit/entries').length).toBeLessThanOrEqual(2)
    expect(await page.locator('article').count()).toBeLessThanOrEqual(100)
  })

  it('is scrolled through with a bounded number of entries on the page, there and back', async () => {
    const page = await open(log.url({ raw: '1' }))
    await page.locator('article').first().waitFor()
    let most = 0
    const first = await page.locator('article').first().getAttribute('data-entry')
    const seen = new Set<string>()
    for (let step = 0; step < 150; step++) {
      await page.mouse.wheel(0, 3000)
      await page.waitForTimeout(40)
      const ids = await page.evaluate<readonly string[]>(drawnEntries)
      for (const id of ids) seen.add(id)
      most = Math.max(most, ids.length)
    }
    expect(seen.size).toBeGreaterThan(1500)
    expect(most).toBeLessThanOrEqual(250)
    await page.evaluate('scrollTo(0, 0)')
    await expect.poll(() => page.locator('article').first().getAttribute('data-entry')).toBe(first)
  })
})

const drawnEntries = `[...document.querySelector('backstory-log').shadowRoot.querySelectorAll('article')].map(
  (article) => article.dataset.entry,
)`

const isShared = existsSync(sharedHistory)
const replayTitle = isShared
  ? 'ten years of real edits'
  : 'ten years of real edits (skipped: ../shared/data/srd-history.ndjson.gz is not there)'

describeInChromium(replayTitle, (open) => {
  let log: Awaited<ReturnType<typeof openLog>> | undefined
  beforeAll(async () => {
    if (!isShared) return
    log = await openLog(async (pool) => {
      await pool.query(createDocuments)
      await createBackstory(pool).track(documentsTable)
      const { edits } = await openEditFile(sharedHistory)
      await replayEdits(pool, firstOf(edits, 60))
    })
  })
  afterAll(() => log?.close())

  it.skipIf(!isShared)(
    'are read, opened and compared: every page, every group, without a fault',
    async () => {
      const page = await open(log?.url({}) ?? '')
      await page.locator('article').first().waitFor()
      for (let index = 0; index < 8; index++) {
        await page
          .locator('.groups:not(.is-nested) > li > article > .card-head .disclosure')
          .nth(index)
          .click()
      }
      await page.locator('.is-nested .disclosure').first().click()
      await page.locator('.fields').first().waitFor()
      await expectAccessible(page)
      for (let step = 0; step < 20; step++) {
        await page.mouse.wheel(0, 2500)
        await page.waitForTimeout(50)
      }
      await page.goto(log?.url({ q: 'action:update', raw: '1' }) ?? '')
      await page.locator('article').first().waitFor()
      for (let index = 0; index < 20; index++) await page.locator('.disclosure').nth(index).click()
      await expect.poll(() => page.locator('.fields').count()).toBeGreaterThanOrEqual(20)
      await page.getByRole('button', { name: 'With now' }).first().click()
      await page
        .getByText(/The two versions are the same|fields? differs?|does not exist/)
        .first()
        .waitFor()
    },
  )
})

async function* firstOf(edits: AsyncIterable<Edit>, count: number): AsyncGenerator<Edit> {
  let left = count
  for await (const edit of edits) {
    if (left-- === 0) return
    yield edit
  }
}
