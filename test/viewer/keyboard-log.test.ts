import { actingAs } from 'backstory'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'

import { sinkingPlace } from '../../examples/worldbuilding/seed.ts'
import { find } from '../../examples/worldbuilding/story.ts'
import { describeByKeys } from './by-keys.ts'
import { findLeftOut, logActions } from './viewer-actions.ts'

const queryOf = (page: Page) => new URL(page.url()).searchParams.get('q')

describeByKeys('the log, by keys alone', ({ world, show, stateOf, controls }) => {
  it('filters are typed, chosen, and taken away', async () => {
    const { page, press, type, tabTo, enter, focused } = await show(world().pageUrl())
    await page.locator('article').first().waitFor()
    await press('/')
    await type('actor:chidi changed:attributes.rank')
    await press('Enter')
    await expect.poll(() => queryOf(page)).toBe('actor:chidi changed:attributes.rank')
    expect(await focused()).toBe('input Filter')
    await enter(/^button Remove the filter Changed/)
    await expect.poll(() => queryOf(page)).toBe('actor:chidi')
    await press('/', 'ControlOrMeta+a')
    await type('actor:chidi action:update')
    await enter(/^button Filter$/)
    await expect.poll(() => queryOf(page)).toBe('actor:chidi action:update')
    await enter(/^button Clear all$/)
    await expect.poll(() => queryOf(page)).toBe(null)
    expect(await focused()).toBe('input Filter')
    const chosen = [
      ['actor', 'ada'],
      ['type', null],
      ['action', null],
      ['changed', 'name'],
      ['since', '01012020'],
      ['until', '01012120'],
      ['reason', 'first draft'],
      [null, 'tide'],
    ] as const
    for (const [index, [key, value]] of chosen.entries()) {
      await enter(/^button Add a filter$/)
      await tabTo(/^select By/)
      // the menu stands where it was left
      if (index > 0) await press('ArrowDown')
      await press('Tab')
      if (value === null) await press('ArrowDown')
      else await type(value)
      await enter(/^button Add$/)
      await expect.poll(() => queryOf(page)).toContain(key === null ? value : `${key}:`)
      await expect.poll(focused).toBe('button Add a filter')
      await enter(/^button Clear all$/)
      await expect.poll(() => queryOf(page)).toBe(null)
    }
    await tabTo(/^input Every entry by itself$/)
    await press('Space')
    await expect.poll(() => page.locator('.card.is-group').count()).toBe(0)
  })

  it('what the filter finds is exported', async () => {
    const { page, press, tabTo, enter, focused } = await show(world().pageUrl({ q: 'actor:muse' }))
    await page.locator('article').first().waitFor()
    await tabTo(/^button Export$/)
    await press('Enter')
    const download = page.waitForEvent('download')
    await enter(/^a NDJSON /)
    const lines = (await (await (await download).createReadStream()).toArray()).join('').trim().split('\n')
    expect(lines).toEqual([expect.stringContaining('"userId":"muse"')])
    await press('Escape')
    await expect.poll(focused).toBe('button Export')
  })

  it('the activity is filtered by what is to be seen at a glance', async () => {
    const { page, press, type, tabTo, enter, focused } = await show(
      world().pageUrl({ q: 'type:worlds,tags' }),
    )
    await page.locator('.facet').first().waitFor()
    await enter(/^button founder\d+$/)
    await expect.poll(() => queryOf(page)).toBe('type:worlds,tags actor:founder')
    expect(await focused()).toMatch(/^button founder\d+$/)
    await enter(/^button created\d+$/)
    await expect.poll(() => queryOf(page)).toBe('type:worlds,tags actor:founder action:insert')
    await enter(/^summary The busiest days$/, 'back')
    await enter(/^button Today\d+$/)
    await expect.poll(() => queryOf(page)).toMatch(/ since:\S+ until:\S+$/)
    expect(await focused()).toMatch(/^button Today/)
    await press('Enter')
    await expect.poll(() => queryOf(page)).not.toContain('since')
    await tabTo(/^input Any day$/)
    // month, day, year: digits go on to the next part by themselves
    await type('02012026')
    await expect.poll(() => queryOf(page)).toContain('since:2026-02-01T00:00:00Z until:2026-02-02T00:00:00Z')
    expect(await focused()).toBe('input Any day')
  })

  it('what was deleted is looked through, followed, and brought back', async () => {
    await actingAs({ userId: 'hal' }, async () => {
      await world().pool.query(
        `insert into tags (world_id, name) select $1, 'tag ' || n from generate_series(1, 60) n`,
        [world().cast.worldId],
      )
      await world().pool.query(`delete from tags where name like 'tag %'`)
    })
    const { page, enter, press, type, focused } = await show(world().pageUrl())
    await page.locator('article').first().waitFor()
    await enter(/^a Deleted$/)
    await page.locator('.row').first().waitFor()
    expect(await focused()).toBe('a Deleted')
    const shown = await page.locator('.row').count()
    await enter(/^button Show older$/)
    await expect.poll(() => page.locator('.row').count()).toBeGreaterThan(shown)
    expect(await focused()).not.toBe('')
    await press('ControlOrMeta+Home')
    await enter(/^input Filter$/, 'back')
    await type('type:world_elements')
    await press('Enter')
    await expect.poll(() => page.locator('.row').count()).toBeLessThan(shown)
    await enter(new RegExp(`^button Bring back ${sinkingPlace}$`))
    const dialog = page.getByRole('dialog')
    await dialog.getByText(/elements will change/).waitFor()
    await enter(/^button Bring back$/)
    await expect.poll(() => dialog.count()).toBe(0)
    expect(await stateOf(find(world().cast, sinkingPlace))).toMatchObject({ name: sinkingPlace })
    await expect.poll(focused).not.toBe('')
    await enter(/^a Activity$/, 'back')
    await page.locator('article').first().waitFor()
  })

  it('what has come meanwhile is shown, and a filter that nothing fits is taken away', async () => {
    const { page, enter, focused } = await show(world().pageUrl({ q: 'actor:live' }))
    await page.getByText('No change fits the filter').waitFor()
    await page.waitForTimeout(500)
    await world().rename('live', world().heroineId, 'Maren the Live', 'live')
    await page.getByRole('button', { name: '1 new change' }).waitFor()
    await enter(/^button 1 new change$/)
    await page.getByText('Maren the Live').first().waitFor()
    await expect.poll(focused).toMatch(/^button Show what changed: live/)
    await world().rename('ada', world().heroineId, 'Maren of the Low Moon', 'back')
    await page.goto(world().pageUrl({ q: 'actor:nobody' }))
    await page.getByText('No change fits the filter').waitFor()
    await enter(/^button Clear the filter$/)
    await page.locator('article').first().waitFor()
    expect(await focused()).not.toBe('')
  })

  it('no control was left out', () => {
    expect(findLeftOut(controls, logActions)).toEqual({ unknown: [], unused: [] })
  })
})
