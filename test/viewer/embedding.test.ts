import { actingAs } from 'backstory'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { find } from '../../examples/worldbuilding/story.ts'
import { describeInChromium, expectAccessible } from '../support/chromium.ts'
import { openWorld } from './world.ts'

describeInChromium("elements in a host's own page, under the strict policy", (open) => {
  let world: Awaited<ReturnType<typeof openWorld>>
  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(() => world.close())
  const embed = (body: string, script?: string) => {
    const parameters = new URLSearchParams({ body, ...(script === undefined ? {} : { script }) })
    return open(`${world.server.origin}/host.html?${parameters.toString()}`)
  }
  const heroine = () => `element-type="world_elements" element-id="${world.heroineId}"`

  it.each(['light', 'dark'] as const)('all five are drawn, in %s, and axe finds nothing', async (theme) => {
    const oldest = await world.backstory
      .element('world_elements', world.heroineId)
      .entries({ order: 'oldest', limit: 1 })
    const first = oldest.entries[0]?.id ?? ''
    const page = await embed(
      `<backstory-timeline api="/audit" theme="${theme}" ${heroine()}></backstory-timeline>
       <backstory-diff api="/audit" theme="${theme}" ${heroine()} from="${first}"></backstory-diff>
       <backstory-blame api="/audit" theme="${theme}" ${heroine()}></backstory-blame>
       <backstory-asof api="/audit" theme="${theme}" ${heroine()}></backstory-asof>
       <backstory-log api="/audit" theme="${theme}" heading="Everything" query="actor:muse"></backstory-log>`,
    )
    await page.locator('backstory-timeline article').first().waitFor()
    await page.locator('backstory-diff .fields').waitFor()
    await page.locator('backstory-blame tbody tr').first().waitFor()
    await page.locator('backstory-asof .state-row').first().waitFor()
    await page.locator('backstory-log article').first().waitFor()
    expect(await page.locator('backstory-log .log-title').innerText()).toBe('Everything')
    const background = await page.evaluate<string>(
      `getComputedStyle(document.querySelector('backstory-blame')).backgroundColor`,
    )
    expect(background).toBe(theme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(23, 24, 27)')
    await expectAccessible(page)
  })

  it('a host reaches the API by itself, names actors, draws fields, and sets the colours', async () => {
    const page = await embed(
      `<backstory-timeline id="history" ${heroine()} field="/attributes/rank"></backstory-timeline>`,
      `const element = document.querySelector('#history')
       // before the element is known
       element.client = { baseUrl: '/audit', fetch: (request) => {
         window.asked = (window.asked ?? 0) + 1
         return fetch(new Request(request, { headers: { ...Object.fromEntries(request.headers), 'x-token': 'secret' } }))
       } }
       element.formatActor = ({ userId }) => 'Dr. ' + userId
       // by the name that most hosts have for theirs
       document.documentElement.style.setProperty('--accent', 'rgb(200, 0, 0)')
       element.style.setProperty('--backstory-accent', 'var(--accent)')
       const { registerFieldRenderer } = await import('/audit/viewer/backstory-viewer.js')
       registerFieldRenderer({ path: '/attributes/rank' }, (value) => {
         const star = document.createElement('strong')
         star.textContent = '★ ' + value
         return star
       })
       registerFieldRenderer({ path: '/attributes/rank' }, () => { if (window.broken) throw new Error('no') })`.replaceAll(
        /^ +/gm,
        '',
      ),
    )
    await page.getByText('Dr. chidi').waitFor()
    await page.locator('.disclosure').first().click()
    await page.getByText('★ tidecaller').waitFor()
    expect(await page.evaluate<number>('window.asked')).toBeGreaterThan(1)
    await page.getByText('Only').waitFor()
    const chip = `getComputedStyle(document.querySelector('#history').shadowRoot.querySelector('.chip')).color`
    expect(await page.evaluate<string>(chip)).toBe('rgb(200, 0, 0)')
  })

  it('a host is told of old versions and of restores, and can take them over', async () => {
    const page = await embed(
      `<backstory-timeline api="/audit" previewable ${heroine()}></backstory-timeline>`,
      `window.events = []
       for (const name of ['backstory-preview', 'backstory-restore', 'backstory-restored']) {
         addEventListener(name, (event) => {
           window.events.push([name, event.detail.state?.name ?? event.detail.verb])
           if (name === 'backstory-restore') event.preventDefault()
         })
       }`,
    )
    await page.getByLabel('Every entry by itself').check()
    const oldest = page.locator('article').last()
    await oldest.locator('.disclosure').click()
    await page.getByRole('button', { name: 'Preview' }).click()
    await expect.poll(() => page.evaluate('window.events')).toEqual([['backstory-preview', 'Maren Oake']])
    await page.getByRole('button', { name: 'Restore this version…' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Restore', exact: true }).click()
    await expect
      .poll(() => page.evaluate('window.events'))
      .toEqual([
        ['backstory-preview', 'Maren Oake'],
        ['backstory-restore', 'restore'],
      ])
    expect(await page.getByRole('dialog').count()).toBe(0)
  })

  it('says what its page has left out', async () => {
    const page = await embed(
      `<backstory-timeline></backstory-timeline><backstory-log></backstory-log>
       <backstory-blame api="/audit" element-type="x"></backstory-blame>
       <backstory-diff api="/audit" ${heroine()}></backstory-diff>`,
    )
    await page.locator('backstory-timeline').getByText('Nobody said whose history to show').waitFor()
    await page.locator('backstory-log').getByText('Nobody said where the history is').waitFor()
    await page.locator('backstory-blame').getByText('Nobody said whose history to show').waitFor()
    await page.locator('backstory-diff').getByText('Nobody said which version to compare').waitFor()
    await expectAccessible(page)
  })

  it('shows what a host has for where nothing has happened', async () => {
    const page = await embed(
      `<backstory-timeline api="/audit" element-type="worlds" element-id="999"><p slot="empty">A blank page.</p></backstory-timeline>`,
    )
    await page.getByText('A blank page.').waitFor()
  })

  it('follows its attributes, and can be moved', async () => {
    const page = await embed(
      `<div id="a"><backstory-timeline api="/audit" ${heroine()}></backstory-timeline></div><div id="b"></div>`,
    )
    await page.locator('article').first().waitFor()
    const other = find(world.cast, 'Hollowmere')
    await page.evaluate(
      `document.querySelector('backstory-timeline').setAttribute('element-id', ${JSON.stringify(other)})`,
    )
    await expect.poll(() => page.locator('article').count()).toBeLessThan(6)
    await page.evaluate(`document.querySelector('#b').append(document.querySelector('backstory-timeline'))`)
    await page.locator('#b article').first().waitFor()
  })

  it('compares long texts in a worker, and texts that have nothing in common as a whole', async () => {
    const id = find(world.cast, 'The Drowned Stair')
    const words = (seed: number) =>
      Array.from({ length: 10_000 }, (_, index) => ((index * seed) % 7919).toString(36)).join(' ')
    for (const body of [words(7), `${words(7)} And the sea came.`, words(11)]) {
      await actingAs({ userId: 'long' }, () =>
        world.pool.query('update world_elements set body = $2 where id = $1', [id, body]),
      )
    }
    const page = await embed(
      `<backstory-timeline api="/audit" element-type="world_elements" element-id="${id}"></backstory-timeline>`,
    )
    await page.getByLabel('Every entry by itself').check()
    await page.locator('article').nth(3).waitFor()
    const workers: string[] = []
    page.on('worker', (worker) => workers.push(worker.url()))
    await page.locator('.disclosure').nth(1).click()
    await page.getByText('And the sea came.').waitFor()
    expect(await page.locator('.text-summary').innerText()).toBe('4 words added')
    await page.locator('.disclosure').nth(0).click()
    await page
      .getByText(/the texts differ much|replaced as a whole|words added, /)
      .first()
      .waitFor()
    expect(workers.length).toBeGreaterThan(0)
  })
})
