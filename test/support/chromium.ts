import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect } from 'vitest'

import { chromiumPath, hasChromium } from './has-chromium.ts'

/** A page of a browser, and everything that went wrong in it. */
export interface TestPage {
  readonly page: Page
  /** Messages of the console, exceptions, and what the content security policy has refused. */
  readonly faults: readonly string[]
  readonly close: () => Promise<void>
}

/** Opens pages in one browser. */
export interface TestBrowser {
  readonly open: (url: string, options?: BrowserContextOptions) => Promise<TestPage>
}

/**
 * Declares a suite that runs in Chromium. Where there is none it is skipped, and its name says so and what to do:
 * `apt-get install chromium`, or set `CHROMIUM_PATH`.
 */
export function describeInChromium(title: string, suite: (browser: () => TestBrowser) => void): void {
  if (!hasChromium) {
    describe.skip(`${title} (skipped: no Chromium at ${chromiumPath}; apt-get install chromium, or set CHROMIUM_PATH)`, () =>
      suite(() => {
        throw new Error('There is no browser.')
      }))
    return
  }
  describe(title, () => {
    let browser: Browser | undefined
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: chromiumPath, args: flags })
    })
    afterAll(async () => {
      await browser?.close()
    })
    suite(() => ({
      open: async (url, options) => {
        if (browser === undefined) throw new Error('The browser is open only inside tests and hooks.')
        return openPage(browser, url, options)
      },
    }))
  })
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
  options: BrowserContextOptions = {},
): Promise<TestPage> {
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
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(`${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`))
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  await page.goto(url)
  return { page, faults, close: () => context.close() }
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Looks for what keeps people out, by axe, shadow trees included; what it finds is the failure's message. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe)
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

interface AxeViolation {
  readonly id: string
  readonly nodes: readonly string[]
}
