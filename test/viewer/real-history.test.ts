import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { createBackstory } from 'backstory'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { createDocuments, documentsTable } from '../../examples/replay/documents.ts'
import { openEditFile } from '../../examples/replay/read-edits.ts'
import { describeInChromium, expectAccessible, expectNoScrollToTheSide } from '../support/chromium.ts'
import { openLog, type OpenLog } from './open-log.ts'
import { replayInBatches } from './replay-in-batches.ts'

const sharedHistory = fileURLToPath(new URL('../../../shared/data/srd-history.ndjson.gz', import.meta.url))
const isShared = existsSync(sharedHistory)
const title = isShared
  ? 'ten years of real edits'
  : 'ten years of real edits (skipped: ../shared/data/srd-history.ndjson.gz is not there)'

describeInChromium(title, (open) => {
  let log: OpenLog
  beforeAll(async () => {
    if (!isShared) return
    log = await openLog(
      async (pool) => {
        await pool.query(createDocuments)
        await createBackstory(pool).track(documentsTable, { scope: 'kind' })
        await replayInBatches(pool, (await openEditFile(sharedHistory)).edits)
        // when it was edited, and not when it was replayed; authors' clocks went wrong, the log's does not go back
        const client = await pool.connect()
        await client.query(`
          set session_replication_role = replica;
          with known as (
            select id, max((context->>'editedAt')::timestamptz) over (order by id) as at from audit_logs
          )
          update audit_logs set "timestamp" = known.at from known where known.id = audit_logs.id;
          update backstory.schema_changes set "timestamp" = '2016-01-01';
          reset session_replication_role;
          analyze`)
        client.release()
      },
      ['read', 'watch', 'export', 'restore', 'undo', 'label'],
    )
  }, 600_000)
  afterAll(() => log?.close())

  /** Documents by a query on the log and the table: those with the longest history, the largest. */
  const idsOf = async (query: string): Promise<readonly string[]> =>
    (await log.pool.query<{ id: string }>(query)).rows.map(({ id }) => id)
  const largest = async () => {
    const ids = await idsOf(
      `select jsonb_build_array(kind, index)::text as id from ${documentsTable} order by pg_column_size(doc) desc limit 2`,
    )
    // as the log writes it
    return ids.map((id) => JSON.stringify(JSON.parse(id)))
  }
  const elementUrl = (id: string, more: Readonly<Record<string, string>> = {}) =>
    log.url({ type: documentsTable, id, ...more })

  it.skipIf(!isShared)('are all there', async () => {
    const { rows } = await log.pool.query(
      `select count(*)::int as entries, count(distinct user_id)::int as authors from audit_logs`,
    )
    expect(rows).toEqual([{ entries: expect.any(Number), authors: 76 }])
    expect(rows[0]?.entries).toBeGreaterThan(35_000)
  })

  it.skipIf(!isShared)('are opened, group by group and entry by entry', async () => {
    const page = await open(log.url(), { colorScheme: 'light' })
    await page.locator('article').first().waitFor()
    await page.locator('.calendar').waitFor()
    const heads = page.locator('.groups:not(.is-nested) > li > article > .card-head .disclosure')
    const count = Math.min(8, await heads.count())
    for (let index = 0; index < count; index++) await heads.nth(index).click()
    await page.locator('.is-nested .disclosure').first().click()
    await page.locator('.fields').first().waitFor()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await expectAccessible(page)
    }
  })

  it.skipIf(!isShared)('are read to their end, ten years ago', async () => {
    // many of them were written at once, more than a page holds
    const page = await open(log.url({ q: 'until:2017-02-01' }))
    await page.locator('article').first().waitFor()
    await expect
      .poll(
        async () => {
          await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)')
          return page.getByText('The beginning of the history.').count()
        },
        { timeout: 60_000, interval: 30 },
      )
      .toBe(1)
    expect(await page.locator('.day-name').last().innerText()).toBe('Wednesday, 21 December 2016')
    await expectAccessible(page)
  })

  it.skipIf(!isShared)(
    'of the documents that were edited most: every entry opened, and compared with now',
    async () => {
      const busiest = await idsOf(
        `select element_id as id from audit_logs group by element_id order by count(*) desc, element_id limit 2`,
      )
      for (const [index, id] of busiest.entries()) {
        const page = await open(elementUrl(id, { raw: '1' }), {
          colorScheme: index === 0 ? 'dark' : 'light',
          viewport: { width: index === 1 ? 390 : 1280, height: 900 },
        })
        await page.locator('article').nth(15).waitFor()
        const heads = page.locator('.feed .disclosure')
        const count = await heads.count()
        expect(count).toBeGreaterThan(15)
        for (let nth = 0; nth < count; nth++) await heads.nth(nth).click()
        await expect.poll(() => page.locator('.detail').count()).toBe(count)
        await page.locator('.detail').last().getByRole('button', { name: 'With now' }).click()
        await page.locator('.comparison .fields').waitFor()
        await expect.poll(() => page.locator('.loading').count()).toBe(0)
        await expectNoScrollToTheSide(page)
        await expectAccessible(page)
      }
    },
  )

  it.skipIf(!isShared)('of the largest documents: what they were, and who set what, on a phone', async () => {
    const [first = ''] = await largest()
    const page = await open(elementUrl(first, { tab: 'asof' }), { viewport: { width: 390, height: 800 } })
    await page.locator('.state-row').first().waitFor()
    await page.evaluate(openBranches)
    await expectNoScrollToTheSide(page)
    await expectAccessible(page)
    await page.getByRole('slider', { name: 'Version' }).fill('0')
    await expect.poll(() => page.locator('.slider-caption p').innerText()).toMatch(/^Version 1 of/)
    await page.getByRole('link', { name: 'Who set what' }).click()
    await page.locator('.blame tbody tr').first().waitFor()
    await expectNoScrollToTheSide(page)
    await expectAccessible(page)
  })

  it.skipIf(!isShared)(
    'of the largest documents: what became of them from the first version on, in dark',
    async () => {
      for (const id of await largest()) {
        const page = await open(elementUrl(id, { raw: '1' }), { colorScheme: 'dark' })
        await page.locator('.feed .disclosure').last().click()
        await page.getByRole('button', { name: 'With now' }).click()
        await page.locator('.comparison').waitFor()
        await expect.poll(() => page.locator('.loading').count()).toBe(0)
        await expectNoScrollToTheSide(page)
        await expectAccessible(page)
      }
    },
  )

  it.skipIf(!isShared)('have states as of any day of them', async () => {
    const { rows } = await log.pool.query<{ id: string; at: string; place: number; count: number }>(
      `select * from (
         select element_id as id, to_char("timestamp" + interval '1 second', 'YYYY-MM-DD"T"HH24:MI:SS') as at,
           (row_number() over element)::int as place, (count(*) over (partition by element_id))::int as count, action
         from audit_logs window element as (partition by element_id order by id)
       ) as entries
       where place > 5 and count - place > 5 and action = 'update'
       order by count desc, id, place limit 1`,
    )
    const [middle] = rows
    const page = await open(elementUrl(middle?.id ?? '', { tab: 'asof' }), { tolerates: /status of 404/ })
    await page.locator('.state-row').first().waitFor()
    await page.getByRole('textbox', { name: 'On' }).fill(middle?.at ?? '')
    await page.getByText(`Version ${middle?.place} of ${middle?.count}:`).waitFor()
    await page.locator('.state-row', { hasText: 'doc' }).waitFor()
    await page.getByRole('textbox', { name: 'On' }).fill('2016-02-01T12:00:00')
    await page.getByText('It did not exist then').waitFor()
    await page.getByRole('textbox', { name: 'On' }).fill('2015-02-01T12:00:00')
    await page.getByText('does not reach back').waitFor()
  })

  it.skipIf(!isShared)(
    'are looked for among what is gone, and seen before they are brought back',
    async () => {
      const page = await open(log.url({ view: 'deleted' }))
      await page.locator('.row').first().waitFor()
      for (let step = 0; step < 2; step++) {
        const shown = await page.locator('.row').count()
        await page.getByRole('button', { name: 'Show older' }).click()
        await expect.poll(() => page.locator('.row').count()).toBeGreaterThan(shown)
      }
      await expectAccessible(page)
      await page
        .locator('.row')
        .last()
        .getByRole('button', { name: /Bring back/ })
        .click()
      await page
        .getByRole('dialog')
        .getByText(/will change/)
        .waitFor()
      await page.getByRole('dialog').locator('summary').first().click()
      await expectAccessible(page)
    },
  )
})

const openBranches = `document.querySelector('backstory-log').shadowRoot.querySelectorAll('.tree details').forEach((one) => (one.open = true))`
