import { actingAs, createBackstory } from 'backstory'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { describeInChromium, expectAccessible, expectNoScrollToTheSide } from '../support/chromium.ts'
import { openLog, type OpenLog } from './open-log.ts'

const markup = '<img src=x onerror=alert(1)>'
const rightToLeft = 'سفينة الليل (1) وثلاثة بحارة'
const endless = 'Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch'.repeat(4)

describe.each([
  { title: 'markup', words: markup, table: markup, column: markup, scheme: 'light', width: 1280 },
  {
    title: 'text from right to left',
    words: rightToLeft,
    table: 'سجل',
    column: 'ملاحظة',
    scheme: 'dark',
    width: 390,
  },
  {
    title: 'names without an end',
    words: endless,
    table: 'a_table_whose_name_is_as_long_as_postgresql_lets_any_name_be_63',
    column: 'c'.repeat(63),
    scheme: 'light',
    width: 390,
  },
] as const)('text is text, wherever it stands', ({ title, words, table, column, scheme, width }) => {
  describeInChromium(title, (open) => {
    let log: OpenLog
    beforeAll(async () => {
      log = await openLog(
        async (pool) => {
          await pool.query(
            `create table "${table}" (id text primary key, name text, "${column}" text, doc jsonb)`,
          )
          await createBackstory(pool).track(table, { label: 'name' })
          const doc = {
            [words]: [{ name: words, [words]: words }, words],
            list: [words],
            text: `${words} and more. `.repeat(9),
          }
          const writes: readonly (readonly [string, readonly unknown[]])[] = [
            [`insert into "${table}" values ($1, $1, $1, $2)`, [words, doc]],
            [`insert into "${table}" values ('gone', $1, $1, $2)`, [words, doc]],
            [
              `update "${table}" set "${column}" = $2, doc = $3 where id = $1`,
              [
                words,
                `${words} again. `.repeat(4),
                { ...doc, list: [words, `${words}2`], [`${words}3`]: words, came: [words] },
              ],
            ],
            [`update "${table}" set name = name || '!' where id = $1`, [words]],
            [`delete from "${table}" where id = 'gone'`, []],
          ]
          for (const [index, [text, values]] of writes.entries()) {
            const userId = `${words} ${index}`
            const context = { userId, reason: words, via: words, onBehalfOf: words, [words]: words }
            await actingAs(context, () => pool.query(text, [...values]))
          }
        },
        ['read', 'watch', 'export', 'restore', 'undo', 'label'],
      )
    })
    afterAll(() => log.close())

    const show = (parameters: Readonly<Record<string, string>>): Promise<Page> =>
      open(log.url(parameters), { colorScheme: scheme, viewport: { width, height: 900 } })
    /** No image, as the viewer has none, and nothing wider than the page. */
    const expectPlain = async (page: Page) => {
      await expect.poll(() => page.locator('.loading').count()).toBe(0)
      expect(await page.locator('img').count()).toBe(0)
      await expectNoScrollToTheSide(page)
    }
    const element = () => ({ type: table, id: words })

    it('in the log, and in what is open of it', async () => {
      const page = await show({ raw: '1' })
      await page.locator('article').nth(4).waitFor()
      for (const head of await page.locator('.disclosure').all()) await head.click()
      for (const more of await page.locator('.more > summary').all()) {
        if (await more.isVisible()) await more.click()
      }
      await page.locator('.raw').first().waitFor()
      // marks are seen inside of lists too
      expect(await page.evaluate(decorationOfItem)).toBe('underline')
      await page.getByRole('button', { name: 'With now' }).nth(1).click()
      await expectPlain(page)
      await page.goto(log.url({ q: `actor:${JSON.stringify(`${words} 3`)} ${JSON.stringify(words)}` }))
      await page.locator('.chip').first().waitFor()
      await expectPlain(page)
      await expectAccessible(page)
    })

    it('among what is gone, and before it is brought back', async () => {
      const page = await show({ view: 'deleted' })
      await page.getByRole('button', { name: /^Bring back/ }).click()
      await page
        .getByRole('dialog')
        .getByText(/will change/)
        .waitFor()
      await page.getByRole('dialog').locator('summary').first().click()
      await expectPlain(page)
      await expectAccessible(page)
    })

    it('on the page of an element, and in its dialogs', async () => {
      const page = await show({ ...element(), raw: '1' })
      await page.locator('article').nth(2).waitFor()
      for (const head of await page.locator('.disclosure').all()) await head.click()
      await page.getByRole('button', { name: 'Restore this version…' }).last().click()
      const dialog = page.getByRole('dialog')
      await dialog.getByText('What will change').waitFor()
      await expectPlain(page)
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'Undo this change…' }).nth(1).click()
      await dialog.getByText(/will change|again since/).waitFor()
      await expectPlain(page)
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'Name it…' }).first().click()
      await dialog.getByRole('textbox').fill(words.slice(-200))
      await dialog.getByRole('button', { name: 'Name it' }).click()
      await dialog
        .getByRole('button', { name: /^Forget/ })
        .first()
        .waitFor()
      await expectPlain(page)
      await page.keyboard.press('Escape')
      await page.locator('.feed .disclosure').first().focus()
      await page.keyboard.press('c')
      await page.getByText('Choose another version').waitFor()
      await expectPlain(page)
      await page.keyboard.press('j')
      await page.keyboard.press('j')
      await page.keyboard.press('c')
      await page.getByRole('dialog', { name: /^Two versions/ }).waitFor()
      await expectPlain(page)
      await expectAccessible(page)
    })

    it('in states and in who set what', async () => {
      const page = await show({ ...element(), tab: 'asof' })
      await page.locator('.state-row').first().waitFor()
      await page.evaluate(openBranches)
      await expectPlain(page)
      await page.getByRole('link', { name: 'Who set what' }).click()
      await page.locator('.blame').waitFor()
      await expectPlain(page)
      await page
        .getByRole('button', { name: /^History of/ })
        .nth(2)
        .click()
      await page.locator('.timeline-bar .chip').waitFor()
      await expectPlain(page)
      await expectAccessible(page)
    })
  })
})

const openBranches = `document.querySelector('backstory-log').shadowRoot.querySelectorAll('.tree details').forEach((one) => (one.open = true))`
const decorationOfItem = `getComputedStyle(document.querySelector('backstory-log').shadowRoot.querySelector('ins .item')).textDecorationLine`
