import { createBackstory } from 'backstory'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { describeInChromium, expectAccessible, expectNoScrollToTheSide } from '../support/chromium.ts'
import { openLog, type OpenLog } from './open-log.ts'

const phone = { width: 390, height: 800 }
const everything = ['read', 'watch', 'export', 'restore', 'undo', 'label'] as const

describeInChromium('where all is not well', (open) => {
  let log: OpenLog
  beforeAll(async () => {
    log = await openLog(async (pool) => {
      await pool.query('create table notes (id integer primary key, title text not null)')
      await createBackstory(pool).track('notes', { label: 'title' })
      await pool.query(`insert into notes values (1, 'one'), (2, 'two')`)
      await pool.query(`update notes set title = 'uno' where id = 1`)
      await pool.query('delete from notes where id = 2')
      await pool.query('create table pages (id integer primary key)')
      await createBackstory(pool).track('pages')
    }, everything)
  })
  afterAll(() => log.close())

  /** Every page of the viewer. */
  const pagesOf = (id: string, type = 'notes') => {
    const element = { type, id }
    return [
      {},
      { view: 'deleted' },
      element,
      { ...element, tab: 'asof' },
      { ...element, tab: 'blame' },
      { q: 'no:such"thing' },
    ]
  }

  const answers = [
    ['the API is not there', null, 'The history cannot be reached', /ERR_FAILED/],
    [
      'a token has expired',
      { status: 401, code: 'token_expired' },
      'You may not see this history',
      /status of 401/,
    ],
    [
      'a caller is not let in',
      { status: 403, code: 'forbidden' },
      'You may not see this history',
      /status of 403/,
    ],
    ['the server fails', { status: 500, code: 'internal' }, 'Something is broken', /status of 500/],
    ['a proxy answers in its own way', { status: 502, code: '' }, 'The server answered 502', /status of 502/],
  ] as const

  it.each(answers)('says so on every page: %s', async (_, answer, said, tolerates) => {
    const page = await open('about:blank', { tolerates, viewport: phone })
    await page.route(/\/audit\/(?!viewer)/, async (route) => {
      if (answer === null) return route.abort()
      const { status, code } = answer
      if (code === '')
        return route.fulfill({ status, contentType: 'text/html', body: '<h1>Bad gateway</h1>' })
      const body = JSON.stringify({ type: 'about:blank', status, code, title: said, detail: 'As was said.' })
      return route.fulfill({ status, contentType: 'application/problem+json', body })
    })
    for (const [index, parameters] of pagesOf('1').entries()) {
      await page.emulateMedia({ colorScheme: index % 2 === 0 ? 'light' : 'dark' })
      await page.goto(log.url(parameters))
      await page.getByText(said).first().waitFor()
      await expectAccessible(page)
      await expectNoScrollToTheSide(page)
    }
    // as soon as it is well again it is so here
    await page.unroute(/\/audit\/(?!viewer)/)
    await page.goto(log.url())
    await page.locator('article').first().waitFor()
  })

  it('goes on where an answer fails once it is asked again', async () => {
    const page = await open('about:blank', { tolerates: /ERR_FAILED/ })
    let isDown = true
    await page.route(/\/audit\/entries/, (route) => (isDown ? route.abort() : route.continue()))
    await page.goto(log.url())
    await page.getByText('The history cannot be reached').waitFor()
    isDown = false
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.locator('article').first().waitFor()
  })

  it.each([
    ['an element that never was', '77', 'notes'],
    ['a table that is not tracked', '1', 'nothing_of_that_name'],
    ['an element of a table without any', '1', 'pages'],
  ])('says that nothing is known of %s', async (_, id, type) => {
    const page = await open('about:blank', { tolerates: /status of 4\d\d/, viewport: phone })
    for (const [index, parameters] of pagesOf(id, type).slice(2, 5).entries()) {
      await page.emulateMedia({ colorScheme: index % 2 === 0 ? 'light' : 'dark' })
      await page.goto(log.url(parameters))
      await page.locator('.notice').first().waitFor()
      await expectAccessible(page)
      await expectNoScrollToTheSide(page)
    }
  })

  it('takes what was typed for a time and is none as it was typed', async () => {
    const page = await open(log.url({ q: 'since:2026-99-99Z until:nonsenseZ' }), {
      tolerates: /status of 400/,
    })
    await page.locator('.notice').waitFor()
    expect(await page.locator('.chip').first().innerText()).toContain('2026-99-99Z')
    await page.getByRole('button', { name: 'Clear all' }).click()
    await page.locator('article').first().waitFor()
  })
})

describeInChromium('a log in which nothing has happened', (open) => {
  let log: OpenLog
  beforeAll(async () => {
    log = await openLog(async (pool) => {
      await pool.query('create table notes (id integer primary key, title text not null)')
      await createBackstory(pool).track('notes', { label: 'title' })
    }, everything)
  })
  afterAll(() => log.close())

  it.each(['light', 'dark'] as const)('says so, in %s', async (colorScheme) => {
    const page = await open(log.url(), { colorScheme, viewport: phone })
    await page.getByText('Nothing has happened to anything yet').waitFor()
    await expectAccessible(page)
    await expectNoScrollToTheSide(page)
    await page.getByRole('link', { name: 'Deleted' }).click()
    await page.getByText('Nothing is gone').waitFor()
    await expectAccessible(page)
    await expectNoScrollToTheSide(page)
  })
})
