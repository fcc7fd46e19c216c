import { actingAs } from 'backstory'
import type { FastifyInstance } from 'fastify'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { openApplication, type Application } from '../../examples/worldbuilding/application.ts'
import { keepSecret } from '../../examples/worldbuilding/secrets.ts'
import { heroine } from '../../examples/worldbuilding/seed.ts'
import { createService } from '../../examples/worldbuilding/service/create-service.ts'
import { editAtOnce, find, foundWorld, goOn } from '../../examples/worldbuilding/story.ts'
import { createTally } from '../../examples/worldbuilding/tally.ts'
import { describeInChromium, expectAccessible } from '../support/chromium.ts'
import { createPostgresDatabase } from '../support/database.ts'

const images = new URL('../../docs/images/', import.meta.url).pathname

describeInChromium('the page of the reference application', (open) => {
  let database: Awaited<ReturnType<typeof createPostgresDatabase>>
  let application: Application
  let app: FastifyInstance

  beforeAll(async () => {
    database = await createPostgresDatabase({ template: 'empty' })
    application = await openApplication({ url: database.url, capture: 'trigger' })
    const tally = createTally()
    const cast = await foundWorld(application, tally)
    await editAtOnce(application, tally, cast)
    await goOn(application, tally, cast)
    const elementId = find(cast, heroine)
    await actingAs({ userId: 'ada' }, () =>
      keepSecret(application.orm.em.fork(), { elementId, ownerId: 'ada', body: 'She can hear the lamps.' }),
    )
    app = await createService(application)
    await app.listen({ host: '127.0.0.1', port: 0 })
  })
  afterAll(async () => {
    app.server.closeAllConnections()
    await app.close()
    await application.close()
    await database.drop()
  })

  const signIn = async (page: Page, name: string) => {
    await page.getByLabel('Your name').fill(name)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText(`You are ${name.toLowerCase()}.`).waitFor()
  }

  it.each(['light', 'dark'] as const)(
    'is used from signing in to restoring, in %s, and axe finds nothing',
    async (colorScheme) => {
      const page = await open(app.listeningOrigin, { colorScheme })
      await page.getByRole('heading', { name: 'Who is writing?' }).waitFor()
      await expectAccessible(page)
      await signIn(page, 'Ada')
      await page.getByText('Choose an element').waitFor()
      await expectAccessible(page)
      await page.getByRole('button', { name: /^Maren of the Low Moon/ }).click()
      await page.getByRole('heading', { name: 'Maren of the Low Moon' }).waitFor()
      await expectAccessible(page)
      const summary = `A ferrywoman, in ${colorScheme}.`
      await page.getByRole('textbox', { name: 'Summary' }).fill(summary)
      await page.getByRole('textbox', { name: 'Why' }).fill(`tried in ${colorScheme}`)
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText('Saved.').waitFor()
      await page.getByRole('tab', { name: 'Edit' }).focus()
      await page.keyboard.press('ArrowRight')
      await page.locator('#secret-history article').first().waitFor()
      expect(await page.getByLabel('What only you know').inputValue()).toBe('She can hear the lamps.')
      await expectAccessible(page)
      await page.keyboard.press('ArrowRight')
      const entry = page.locator('#panel-history article', { hasText: `tried in ${colorScheme}` }).first()
      await entry.locator('.disclosure').first().click()
      await page.locator('#panel-history .detail').first().waitFor()
      await expectAccessible(page)
      if (process.env['SCREENSHOTS'] === '1' && colorScheme === 'light') {
        await page.mouse.move(0, 0)
        await page.waitForTimeout(500)
        await page.screenshot({ path: `${images}application.png` })
      }
    },
  )

  it('shows nobody the secret of another', async () => {
    const page = await open(app.listeningOrigin)
    await signIn(page, 'Bo')
    await page.getByRole('button', { name: /^Maren of the Low Moon/ }).click()
    await page.getByRole('tab', { name: 'My secret' }).click()
    await page.locator('#secret-history').getByText('Nothing has happened').waitFor()
    expect(await page.getByLabel('What only you know').inputValue()).toBe('')
    expect(await page.content()).not.toContain('hear the lamps')
  })

  it('fits a phone', async () => {
    const page = await open(app.listeningOrigin, { viewport: { width: 390, height: 800 } })
    await signIn(page, 'Bo')
    await page.getByRole('button', { name: /^Maren of the Low Moon/ }).click()
    await page.getByRole('tab', { name: 'History' }).click()
    await page.locator('#panel-history article').first().waitFor()
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
    await expectAccessible(page)
  })
})
