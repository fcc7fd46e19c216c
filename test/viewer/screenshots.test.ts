import { actingAs } from 'backstory'
import type { BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll, it } from 'vitest'

import { find } from '../../examples/worldbuilding/story.ts'
import { describeInChromium } from '../support/chromium.ts'
import { openWorld } from './world.ts'

const isAsked = process.env['SCREENSHOTS'] === '1'
const folder = new URL('../../docs/images/', import.meta.url).pathname

describeInChromium(
  `the screenshots of the documentation${isAsked ? '' : ' (skipped: set SCREENSHOTS=1 to take them anew)'}`,
  (open) => {
    let world: Awaited<ReturnType<typeof openWorld>>
    beforeAll(async () => {
      if (!isAsked) return
      world = await openWorld({ pollMs: 1000 })
      await goOnWriting(world)
      await spreadOverTime(world)
    })
    afterAll(async () => {
      if (isAsked) await world.close()
    })

    const pictures: readonly Picture[] = [
      { name: 'log', url: () => world.pageUrl(), steps: ['.calendar', 'open the voice of chapter three'] },
      {
        name: 'log-dark',
        url: () => world.pageUrl({ q: 'type:world_elements -reason:"reading round"' }),
        steps: ['.calendar', 'open the second time'],
        options: { colorScheme: 'dark' },
      },
      {
        name: 'log-phone',
        url: () => world.pageUrl({ q: 'actor:chidi,dunya' }),
        steps: ['open the voice of chapter three'],
        options: { viewport: { width: 390, height: 780 } },
      },
      {
        name: 'as-of',
        url: () => world.heroineUrl({ tab: 'asof' }),
        steps: ['.state-row', 'click Older', 'text changed here'],
      },
      { name: 'blame', url: () => world.heroineUrl({ tab: 'blame' }), steps: ['.blame'] },
      {
        name: 'restore',
        url: () => world.heroineUrl({ raw: '1' }),
        steps: ['article', 'open after the exam', 'click Restore this version…', 'text What will change'],
      },
      { name: 'deleted', url: () => world.pageUrl({ view: 'deleted' }), steps: ['.row'] },
    ]

    it.skipIf(!isAsked).each(pictures)('$name', async ({ name, url, steps, options }) => {
      const page = await open(url(), {
        viewport: { width: 1180, height: 800 },
        ...options,
      })
      for (const step of steps) {
        const [verb, what] = [step.slice(0, step.indexOf(' ')), step.slice(step.indexOf(' ') + 1)]
        if (verb === 'click') await page.getByRole('button', { name: what }).first().click()
        else if (verb === 'text') await page.getByText(what).first().waitFor()
        else if (verb === 'open') {
          await page.locator('article', { hasText: what }).first().locator('.disclosure').first().click()
          await page.locator('.fields').first().waitFor()
        } else await page.locator(step).first().waitFor()
      }
      await page.evaluate('document.activeElement?.shadowRoot?.activeElement?.blur()')
      await page.mouse.move(0, 0)
      await page.waitForTimeout(500)
      await page.screenshot({ path: `${folder}${name}.png` })
    })
  },
)

/** One picture: an address, and what to do there. */
interface Picture {
  readonly name: string
  readonly url: () => string
  /** `click` a button, wait for a `text`, `open` an entry by what it says, or wait for a selector. */
  readonly steps: readonly string[]
  readonly options?: BrowserContextOptions
}

type World = Awaited<ReturnType<typeof openWorld>>

/** Edits of the kind that people look at a history for. */
async function goOnWriting({ pool, cast, heroineId }: World): Promise<void> {
  const edit = (
    userId: string,
    reason: string | null,
    id: string,
    assignment: string,
    values: readonly unknown[],
  ) =>
    actingAs({ userId, ...(reason === null ? {} : { reason }) }, () =>
      pool.query(`update world_elements set ${assignment} where id = $1`, [id, ...values]),
    )
  const bell = find(cast, 'The Saltglass Bell')
  await edit('chidi', null, bell, 'summary = $2', [
    'Rings an hour before the tide turns. It has been wrong twice.',
  ])
  await edit('chidi', 'the second time', bell, 'attributes = attributes || $2', [
    { cracked: false, mended: '2026-03-01' },
  ])
  await edit('dunya', 'the voice of chapter three', heroineId, 'summary = $2', [
    'A ferrywoman who commands the open water, and hides well how much she loves it.',
  ])
  await edit('ada', null, heroineId, 'attributes = attributes || $2', [
    { rank: 'tidecaller', allies: ['Old Tobben', 'Ishvel'] },
  ])
}

/** Gives the entries times of their own, as if they had been written over weeks: the log's guard is off for that. */
async function spreadOverTime({ pool }: World): Promise<void> {
  const client = await pool.connect()
  await client.query(`
    set session_replication_role = replica;
    with transactions as (
      select transaction_id, row_number() over (order by max(id) desc) as age from audit_logs group by transaction_id
    )
    update audit_logs set "timestamp" = now() - interval '7 minutes' - interval '1 minute' * (
      4 * age + 900 * floor(age / 4) + 300 * floor(age / 7) * (age % 3)
    ) from transactions where transactions.transaction_id = audit_logs.transaction_id;
    reset session_replication_role`)
  client.release()
}
