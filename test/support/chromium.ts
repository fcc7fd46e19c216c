import axe from 'axe-core'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest'

import { chromiumPath, hasChromium } from './has-chromium.ts'

/** How to open a page. */
export interface OpenOptions extends BrowserContextOptions {
  /** What the console may say: the browser tells of every answer that is no success. */
  readonly tolerates?: RegExp
}

/** Opens a page, which is closed after the test. The test fails if anything went wrong in it. */
export type OpenPage = (url: string, options?: OpenOptions) => Promise<Page>

/**
 * Declares a suite that runs in Chromium. Every message of the console, every exception and everything that a content
 * security policy refuses fails the test. Where there is no Chromium it is skipped, and its name says so and what to do.
 */
export function describeInChromium(title: string, suite: (open: OpenPage) => void): void {
  describe.skipIf(!hasChromium)(`${title}${hasChromium ? '' : skipped}`, () => {
    let browser: Browser | undefined
    let opened: readonly OpenedPage[] = []
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: chromiumPath, args: flags })
    })
    afterAll(() => browser?.close())
    afterEach(async () => {
      const faults = opened.flatMap((page) => page.faults)
      await Promise.all(opened.map(({ close }) => close()))
      opened = []
      if (faults.length > 0) throw new Error(`The page was not without fault:\n${faults.join('\n')}`)
    })
    suite(async (url, options) => {
      if (browser === undefined) throw new Error('The browser is open only inside tests and hooks.')
      const page = await openPage(browser, url, options)
      opened = [...opened, page]
      return page.page
    })
  })
}

const skipped = ` (skipped: no Chromium at ${chromiumPath}; apt-get install chromium, or set CHROMIUM_PATH)`

interface OpenedPage {
  readonly page: Page
  readonly faults: readonly string[]
  readonly close: () => Promise<void>
}

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

async function openPage(
  browser: Browser,
  url: string,
  { tolerates, ...options }: OpenOptions = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    locale: 'en-GB',
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
    ...options,
  })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const faults: string[] = []
  const note = (fault: string) => {
    if (tolerates?.test(fault) !== true) faults.push(fault)
  }
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) note(`${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => note(`exception: ${error.message}`))
  page.on('dialog', (dialog) => {
    note(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  await page.goto(url)
  return { page, faults, close: () => context.close() }
}

/** Looks for what keeps people out, by axe, shadow trees included; what it finds is the failure's message. */
export async function expectAccessible(page: Page): Promise<void> {
  if (await page.evaluate<boolean>('window.axe === undefined')) await page.evaluate(axe.source)
  const found = await page.evaluate<
    readonly AxeViolation[]
  >(`axe.run(document, { resultTypes: ['violations'] }).then(
    ({ violations }) => violations.map(({ id, nodes }) => ({
      id,
      nodes: nodes.slice(0, 3).map(({ target, failureSummary }) => target.flat().join(' ') + ': ' + failureSummary),
    })),
  )`)
  expect(found).toEqual([])
}

/** Looks for what is wider than the page. */
export async function expectNoScrollToTheSide(page: Page): Promise<void> {
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
}

interface AxeViolation {
  readonly id: string
  readonly nodes: readonly string[]
}
