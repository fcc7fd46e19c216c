import { actingAs } from 'backstory'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { sinkingPlace } from '../../examples/worldbuilding/seed.ts'
import { find } from '../../examples/worldbuilding/story.ts'
import { describeInChromium, expectAccessible } from '../support/chromium.ts'
import { openWorld, type TestWorld } from './world.ts'

describeInChromium('the page of everything that happened', (open) => {
  let world: Awaited<ReturnType<typeof openWorld>> & TestWorld
  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(() => world.close())
  afterEach(() => {
    world.as = 'editor'
  })

  describe('shows', () => {
    it('one sentence an entry, newest first, with who, when and why', async () => {
      const page = await open(world.pageUrl())
      const first = page.locator('article').first()
      await first.waitFor()
      expect(await first.textContent()).toContain('ada changed')
      expect(await first.textContent()).toContain('10 changes at once')
      expect(await first.textContent()).toContain('the quay sinks')
      expect(await page.locator('article', { hasText: 'muse' }).first().textContent()).toContain(
        'agent for ada',
      )
    })

    it('what changed, word by word, with the older on the left', async () => {
      const page = await open(world.pageUrl({ q: 'actor:muse' }))
      await page.locator('.disclosure').click()
      await page.locator('ins').first().waitFor()
      const detail = page.locator('.detail')
      expect(await detail.locator('del').first().innerText()).toContain('her')
      expect(await detail.locator('.text-summary').innerText()).toMatch(/word/)
      await detail.getByRole('button', { name: 'With now' }).click()
      await detail
        .getByText('The two versions are the same.')
        .or(detail.getByText(/fields? differs?/))
        .first()
        .waitFor()
    })

    it('the name of what a value refers to, gone by now, and the beginning of an id that nobody knows', async () => {
      const id = find(world.cast, 'Old Tobben')
      const page = await open(world.heroineUrl({ raw: '1' }))
      const sinking = page.locator('article', { hasText: 'the quay sinks' }).first()
      await sinking.locator('.disclosure').click()
      await sinking.locator('.fields del', { hasText: sinkingPlace }).waitFor()
      const unknown = 'f0000000-0000-4000-8000-000000000000'
      await actingAs({ userId: 'ada' }, () =>
        world.pool.query(`update world_elements set attributes = $2 where id = $1`, [
          id,
          { nemesis_id: unknown, friend_id: world.heroineId },
        ]),
      )
      await page.goto(world.pageUrl({ type: 'world_elements', id, raw: '1' }))
      await page.locator('.disclosure').first().click()
      await page.locator('.fields ins', { hasText: 'Maren' }).waitFor()
      await page.locator('.fields ins', { hasText: 'f0000000…' }).waitFor()
    })

    it('every entry by itself where that is asked for', async () => {
      const page = await open(world.pageUrl())
      await page.locator('.card.is-group').first().waitFor()
      await page.getByLabel('Every entry by itself').check()
      await expect.poll(() => page.locator('.card.is-group').count()).toBe(0)
      expect(page.url()).toContain('raw=1')
    })

    it('what changed together with an entry, and the entry as it is in the log', async () => {
      const page = await open(world.pageUrl({ q: 'action:delete type:world_elements' }))
      await page.locator('.disclosure').first().click()
      await page.getByText('What changed together with it').click()
      await expect.poll(() => page.locator('.together li').count()).toBeGreaterThan(5)
      await page.getByText(/^Raw entry/).click()
      expect(await page.locator('.raw').innerText()).toContain('"before"')
    })
  })

  describe('filters', () => {
    it('by the query language, with chips, and keeps all of it in the address', async () => {
      const page = await open(world.pageUrl())
      await page.getByRole('searchbox', { name: 'Filter' }).fill('actor:chidi changed:attributes.rank')
      await page.keyboard.press('Enter')
      await page.getByText('after the exam').first().waitFor()
      expect(await page.locator('.chips .chip').allInnerTexts()).toEqual([
        'Who chidi',
        'Changed attributes.rank',
      ])
      await page.reload()
      await page.getByText('after the exam').first().waitFor()
      const found = await page.locator('article').count()
      await page.getByRole('button', { name: 'Remove the filter Changed attributes.rank' }).click()
      await expect.poll(() => page.locator('article').count()).toBeGreaterThan(found)
      await page.goBack()
      await expect.poll(() => page.locator('article').count()).toBe(found)
    })

    it('says what is wrong with a query, and what the language has', async () => {
      const page = await open(world.pageUrl(), { tolerates: /status of 400/ })
      await page.getByRole('searchbox', { name: 'Filter' }).fill('colour:red')
      await page.keyboard.press('Enter')
      await page.getByText('There is no filter "colour"').waitFor()
      await expectAccessible(page)
      await page.getByRole('button', { name: 'Clear all' }).click()
      await page.locator('article').first().waitFor()
    })

    it('by a menu, for those who do not know the language', async () => {
      const page = await open(world.pageUrl())
      await page.getByRole('button', { name: 'Add a filter' }).click()
      await page.getByRole('combobox', { name: 'By' }).selectOption('action')
      await page.getByRole('combobox', { name: 'Is' }).selectOption('delete')
      await page.getByRole('button', { name: 'Add', exact: true }).click()
      await page.getByRole('button', { name: 'Remove the filter Action delete' }).waitFor()
      expect(new URL(page.url()).searchParams.get('q')).toBe('action:delete')
    })

    it('by what is to be seen at a glance: an actor, a day', async () => {
      const page = await open(world.pageUrl())
      await page.getByRole('button', { name: /^chidi/ }).click()
      await page.getByRole('button', { name: 'Remove the filter Who chidi' }).waitFor()
      await page.getByText('The busiest days').click()
      await page.locator('.heatmap .facet-value').first().click()
      await expect
        .poll(() => new URL(page.url()).searchParams.get('q'))
        .toMatch(/^actor:chidi since:\S+ until:\S+$/)
      await expect.poll(() => page.locator('article').count()).toBeGreaterThan(3)
    })

    it('says so where nothing fits, and takes the filter away', async () => {
      const page = await open(world.pageUrl({ q: 'actor:nobody-of-that-name' }))
      await page.getByText('No change fits the filter').waitFor()
      await page.getByRole('button', { name: 'Clear the filter' }).click()
      await page.locator('article').first().waitFor()
    })

    it('exports exactly what the filter finds', async () => {
      const page = await open(world.pageUrl({ q: 'actor:muse' }))
      await page.getByRole('button', { name: 'Export', exact: true }).click()
      const download = page.waitForEvent('download')
      await page.getByRole('link', { name: 'NDJSON' }).click()
      const stream = await (await download).createReadStream()
      const lines = (await stream.toArray()).join('').trim().split('\n')
      expect(lines).toEqual([expect.stringContaining('"userId":"muse"')])
    })
  })

  describe('leads', () => {
    it('by its address to an entry, and to two versions that are compared', async () => {
      const page = await open(world.heroineUrl({ raw: '1' }))
      await page.locator('.disclosure').nth(2).click()
      await page.locator('.fields').waitFor()
      const { searchParams } = new URL(page.url())
      expect(searchParams.get('entry')).toMatch(/^\d+$/)
      await page.reload()
      const linked = page.getByRole('region', { name: 'What the address leads to' })
      await linked.locator('.fields').waitFor()
      await linked.getByRole('button', { name: 'Compare with another…' }).click()
      await page.locator('.feed .disclosure').first().focus()
      await page.keyboard.press('c')
      await page.getByRole('heading', { name: /^Two versions of/ }).waitFor()
      expect(new URL(page.url()).searchParams.get('from')).toMatch(/^\d+$/)
      await page.reload()
      await page.getByRole('heading', { name: /^Two versions of/ }).waitFor()
      await expectAccessible(page)
    })
  })

  describe('follows', () => {
    it('what happens, without moving what is being read', async () => {
      const page = await open(world.pageUrl({ q: 'actor:live' }))
      await page.getByText('No change fits the filter').waitFor()
      // the stream begins when the server has said so
      await page.waitForTimeout(500)
      await world.rename('live', world.heroineId, 'Maren the Live', 'live')
      const pill = page.getByRole('button', { name: '1 new change' })
      await pill.waitFor()
      // told politely to those who do not look
      await page.locator('[role=status]', { hasText: '1 new change' }).waitFor({ state: 'attached' })
      await pill.click()
      await page.getByText('Maren the Live').first().waitFor()
      await world.rename('ada', world.heroineId, 'Maren of the Low Moon', 'back')
    })

    it('an element to its page and its fields, and the way back', async () => {
      const page = await open(world.pageUrl({ q: 'actor:muse' }))
      await page.getByRole('link', { name: 'Maren of the Low Moon' }).click()
      await page.getByRole('heading', { name: 'Maren of the Low Moon' }).waitFor()
      await page.locator('article', { hasText: 'muse' }).locator('.disclosure').click()
      await page.getByRole('button', { name: 'History of body' }).first().click()
      await page.getByText('Only body').waitFor()
      await expect.poll(() => page.locator('article').count()).toBeLessThan(5)
      await page.getByRole('button', { name: 'Show all fields' }).click()
      await page.getByRole('link', { name: 'All activity' }).click()
      await page.getByRole('searchbox', { name: 'Filter' }).waitFor()
    })
  })

  describe('says', () => {
    it('that a caller may not see it, and what the server says about that', async () => {
      world.as = 'nobody'
      const page = await open(world.pageUrl(), { tolerates: /status of 403/ })
      await page.getByText('You may not see this history').waitFor()
      await page.getByText('You may not use this API.').waitFor()
      await expectAccessible(page)
    })

    it('nothing of what a caller may not do', async () => {
      world.as = 'reader'
      const page = await open(world.pageUrl({ q: 'actor:muse' }))
      await page.locator('.disclosure').click()
      await page.locator('ins').first().waitFor()
      expect(await page.getByRole('button', { name: /Restore|Undo|Export/ }).count()).toBe(0)
    })
  })

  describe('is for everybody', () => {
    it.each(['light', 'dark'] as const)('axe finds nothing, in %s, in any state', async (colorScheme) => {
      const page = await open(world.pageUrl(), { colorScheme })
      await page.locator('article').first().waitFor()
      await page.locator('.calendar').waitFor()
      await expectAccessible(page)
      await page.locator('.card.is-group .disclosure').first().click()
      await page.locator('.is-nested .disclosure').first().click()
      await page.locator('.fields').first().waitFor()
      await page.getByText('Raw entry').first().click()
      await expectAccessible(page)
      await page.getByRole('button', { name: 'Export', exact: true }).click()
      await expectAccessible(page)
      await page.keyboard.press('Escape')
      await page.keyboard.press('?')
      await page.getByRole('heading', { name: 'Keyboard' }).waitFor()
      await expectAccessible(page)
    })

    it('with marks that are seen and heard, whatever the colours, and a summary before them', async () => {
      const page = await open(world.pageUrl({ q: 'actor:muse' }))
      await page.locator('.disclosure').click()
      await page.locator('ins').first().waitFor()
      for (const [tag, word, line] of [
        ['ins', 'added', 'underline'],
        ['del', 'removed', 'line-through'],
      ] as const) {
        const mark = page.locator(`.detail ${tag}`).first()
        expect(await mark.locator('.hidden').first().textContent()).toMatch(new RegExp(word, 'i'))
        const decoration = `getComputedStyle(document.querySelector('backstory-log').shadowRoot.querySelector('.detail ${tag}')).textDecorationLine`
        expect(await page.evaluate<string>(decoration)).toContain(line)
      }
      const order = await page.evaluate<boolean>(
        `(() => {
          const { shadowRoot } = document.querySelector('backstory-log')
          const [summary, mark] = [shadowRoot.querySelector('.text-summary'), shadowRoot.querySelector('ins')]
          return (summary.compareDocumentPosition(mark) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0
        })()`,
      )
      expect(order).toBe(true)
      expect(await page.locator('ol.groups > li > article').count()).toBeGreaterThan(0)
    })

    it('with targets of 24 pixels at least', async () => {
      const page = await open(world.heroineUrl({ raw: '1' }))
      await page.locator('.disclosure').nth(3).click()
      await page.locator('.fields').first().waitFor()
      expect(await page.evaluate<readonly string[]>(smallTargets)).toEqual([])
      await page.getByRole('button', { name: 'Restore this version…' }).click()
      await page.getByRole('dialog').getByText('What will change').waitFor()
      expect(await page.evaluate<readonly string[]>(smallTargets)).toEqual([])
      await page.goto(world.pageUrl({ q: 'actor:chidi' }))
      await page.locator('.calendar').waitFor()
      await page.getByText('The busiest days').click()
      await page.getByRole('button', { name: 'Add a filter' }).click()
      expect(await page.evaluate<readonly string[]>(smallTargets)).toEqual([])
    })

    it('by keyboard alone: to an entry, into it, to another version and back', async () => {
      const page = await open(world.heroineUrl({ raw: '1' }))
      await page.locator('article').nth(3).waitFor()
      const focused = () => page.evaluate<string | null>(activeEntry)
      await page.keyboard.press('j')
      const first = await focused()
      await page.keyboard.press('j')
      const second = await focused()
      expect(first).not.toBeNull()
      expect(second).not.toBe(first)
      await page.keyboard.press('k')
      expect(await focused()).toBe(first)
      await page.keyboard.press('ArrowDown')
      expect(await focused()).toBe(second)
      await page.keyboard.press('Enter')
      await page.locator('.detail').waitFor()
      await page.keyboard.press('c')
      await page.getByText('Choose another version').waitFor()
      await page.keyboard.press('j')
      await page.keyboard.press('c')
      await page.getByRole('heading', { name: /^Two versions of/ }).waitFor()
      await page.getByText(/fields? differs?/).waitFor()
      await page.keyboard.press('Escape')
      await expect.poll(() => page.locator('dialog').count()).toBe(0)
    })

    it('to the filter and to help by one key, and by none where that is switched off', async () => {
      const page = await open(world.pageUrl())
      await page.locator('article').first().waitFor()
      await page.keyboard.press('/')
      expect(await page.evaluate<string>(activeTag)).toBe('INPUT')
      await page.keyboard.press('Tab')
      await page.keyboard.press('?')
      await page.getByLabel('Single keys are shortcuts').uncheck()
      await page.keyboard.press('Escape')
      await expect.poll(() => page.locator('dialog').count()).toBe(0)
      await page.keyboard.press('?')
      await page.waitForTimeout(200)
      expect(await page.locator('dialog').count()).toBe(0)
    })

    it('on a phone, without a scroll to the side', async () => {
      const page = await open(world.pageUrl(), { viewport: { width: 390, height: 800 } })
      await page.locator('.card.is-group .disclosure').first().click()
      await page.locator('.is-nested .disclosure').first().click()
      await page.locator('.fields').first().waitFor()
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
      await expectAccessible(page)
    })
  })
})

const activeElement = `(() => {
  let active = document.activeElement
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement
  return active
})()`
const activeEntry = `${activeElement}?.closest('article')?.dataset.entry ?? null`
const activeTag = `${activeElement}?.tagName ?? ''`

/** What can be pointed at and is too small: not links inside of a sentence, nor what is listed beside it in words. */
const smallTargets = `(() => {
  const { shadowRoot } = document.querySelector('backstory-log')
  return [...shadowRoot.querySelectorAll('button, a, input, select, summary, label.check')]
    .filter((one) => one.offsetParent !== null && !one.closest('.sentence, label.check input, .together'))
    .filter((one) => !(one.matches('input') && one.closest('label')))
    .flatMap((one) => {
      const { width, height } = one.getBoundingClientRect()
      return width < 24 || height < 24 ? [one.outerHTML.slice(0, 120) + ' ' + width + ' x ' + height] : []
    })
})()`
