import { actingAs } from 'backstory'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'

import { find } from '../../examples/worldbuilding/story.ts'
import { describeByKeys } from './by-keys.ts'
import { entryActions, findLeftOut } from './viewer-actions.ts'

const queryOf = (page: Page) => new URL(page.url()).searchParams.get('q')

describeByKeys('elements and their entries, by keys alone', ({ world, show, write, stateOf, controls }) => {
  it('an entry is opened, compared, followed to its field, and looked at as it is in the log', async () => {
    const { page, press, enter, tabTo, focused } = await show(world().heroineUrl({ raw: '1' }))
    await page.locator('article').nth(5).waitFor()
    await press('j', 'j', 'j', 'k')
    await press('Enter')
    await page.locator('.fields').waitFor()
    await enter(/^button With now$/)
    await page.getByText(/fields? differs?|are the same/).waitFor()
    await enter(/^button With the version before$/, 'back')
    await enter(/^summary What changed together/)
    await page.locator('.together, .more .faint').first().waitFor()
    await enter(/^summary Raw entry/)
    await page.locator('.raw').waitFor()
    await tabTo(/^pre /)
    await press('PageDown')
    await enter(/^button Compare with another…$/, 'back')
    await page.getByText('Choose another version').waitFor()
    await enter(/^button Cancel$/)
    await expect.poll(() => page.locator('.compare-bar').count()).toBe(0)
    await press('j', 'c', 'j', 'c')
    await page.getByRole('dialog', { name: /^Two versions/ }).waitFor()
    await tabTo(/^div Differences$/)
    await press('PageDown')
    await enter(/^button Close$/)
    await expect.poll(() => page.locator('dialog').count()).toBe(0)
    expect(await focused()).toMatch(/^button Show what changed/)
    await page.keyboard.press('Enter')
    await enter(/^button History of /)
    await page.getByText(/^Only/).waitFor()
    await enter(/^button Show all fields$/, 'back')
    await expect.poll(() => queryOf(page)).toBe(null)
    await press('?')
    await tabTo(/^input Single keys/)
    await press('Space', 'Space', 'Escape')
    await expect.poll(() => page.locator('dialog').count()).toBe(0)
  })

  it('a long text is unfolded, and the branches of a document', async () => {
    const id = find(world().cast, 'The Drowned Stair')
    const text = 'The stair goes down into the sea, and nobody has counted the steps. '.repeat(20)
    for (const body of [text, `At night it is lit. ${text}`]) {
      await actingAs({ userId: 'ada' }, () =>
        world().pool.query('update world_elements set body = $2, attributes = $3 where id = $1', [
          id,
          body,
          { steps: { counted: body.length, by: [{ who: { name: 'Old Tobben' } }] } },
        ]),
      )
    }
    const { page, press, enter, focused } = await show(
      world().pageUrl({ type: 'world_elements', id, raw: '1' }),
    )
    await page.locator('article').first().waitFor()
    await press('j', 'Enter')
    await enter(/^button … /)
    await expect.poll(() => page.locator('.fold').count()).toBe(0)
    expect(await focused()).not.toBe('')
    await enter(/^a As of a time$/, 'back')
    await page.locator('.state-row').first().waitFor()
    await enter(/^summary \d+ key/)
    await expect.poll(() => page.locator('.tree > details[open]').count()).toBe(0)
  })

  it('a version is restored: previewed, some of its fields, with a reason', async () => {
    const id = find(world().cast, 'Hollowmere')
    await write('ada', id, 'Hollowmere', 'As it was.')
    await write('eve', id, 'Hollowmere the Loud', 'Spoilt.')
    const { page, press, type, enter, tabTo, focused } = await show(
      world().pageUrl({ type: 'world_elements', id, raw: '1' }),
    )
    await page.locator('article').nth(2).waitFor()
    await press('j', 'j', 'Enter')
    await enter(/^button Restore this version…$/)
    const dialog = page.getByRole('dialog')
    await dialog.getByText('What will change').waitFor()
    await enter(/^button Cancel$/)
    await expect.poll(() => dialog.count()).toBe(0)
    expect(await focused()).toBe('button Restore this version…')
    await press('Enter')
    await dialog.getByText('What will change').waitFor()
    await tabTo(/^input summary$/)
    await press('Space')
    await tabTo(/^input Reason$/)
    await type('vandalism')
    await enter(/^button Restore$/)
    await expect.poll(() => dialog.count()).toBe(0)
    await page.getByText('vandalism').first().waitFor()
    // the newest is at hand: what was just written
    await expect.poll(focused).toMatch(/^button Show what changed: ada/)
    expect(await stateOf(id)).toEqual({ name: 'Hollowmere', summary: 'Spoilt.' })
  })

  it('a change is undone: previewed, over a conflict', async () => {
    const id = find(world().cast, 'The Saltglass Bell')
    await write('ada', id, 'The Saltglass Bell', 'One.')
    await write('eve', id, 'The Bell', 'Two.')
    await write('bo', id, 'The Bell of Bo', 'Two.')
    const { page, press, enter, tabTo, focused } = await show(
      world().pageUrl({ type: 'world_elements', id, raw: '1' }),
    )
    await page.locator('article').nth(2).waitFor()
    await press('j', 'j', 'Enter')
    await enter(/^button Undo this change…$/)
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Something was changed again since').waitFor()
    await tabTo(/^input Change nothing$/)
    await press('ArrowDown')
    await dialog.getByText('What will change').waitFor()
    expect(await focused()).toMatch(/^input Restore the rest/)
    await press('ArrowDown')
    await expect.poll(() => dialog.locator('.choice').count()).toBe(2)
    expect(await focused()).toMatch(/^input Restore all of it/)
    await enter(/^button Undo$/)
    await expect.poll(() => dialog.count()).toBe(0)
    expect(await stateOf(id)).toEqual({ name: 'The Saltglass Bell', summary: 'One.' })
  })

  it('a session and a transaction are undone', async () => {
    const id = find(world().cast, 'On the naming of currents')
    await write('fay', id, 'On naming', 'One.')
    await write('fay', id, 'On naming currents', 'Two.')
    const { page, press, enter } = await show(world().pageUrl({ q: 'actor:fay' }))
    await page.locator('.is-group').waitFor()
    await press('j', 'Enter')
    await enter(/^button Undo these edits…$/)
    const dialog = page.getByRole('dialog')
    await dialog.getByText('What will change').waitFor()
    await enter(/^button Undo$/)
    await expect.poll(() => dialog.count()).toBe(0)
    expect(await stateOf(id)).toMatchObject({ name: 'On the naming of currents' })
    await actingAs({ userId: 'gus' }, () =>
      world().pool.query(`update world_elements set summary = summary || ' (gus)'`),
    )
    await press('/', 'ControlOrMeta+a')
    await page.keyboard.type('actor:gus')
    await press('Enter')
    await page.locator('.is-group').waitFor()
    await press('Tab', 'j')
    await press('Enter')
    await enter(/^button Undo all of it…$/)
    await dialog.getByText(/elements will change/).waitFor()
    await enter(/^summary Changes /)
    await dialog.locator('.fields').first().waitFor()
    await enter(/^button Undo$/)
    await expect.poll(() => dialog.count()).toBe(0)
    const { rows } = await world().pool.query(`select 1 from world_elements where summary like '% (gus)'`)
    expect(rows).toEqual([])
  })

  it('versions are named, compared, restored from, and their names forgotten', async () => {
    const id = find(world().cast, 'Wend, a brass sextant')
    await write('ada', id, 'Wend', 'First.')
    await write('bo', id, 'Wend the brass', 'Second.')
    const { page, press, type, enter, tabTo, focused } = await show(
      world().pageUrl({ type: 'world_elements', id, raw: '1' }),
    )
    const dialog = page.getByRole('dialog', { name: 'Named versions' })
    await page.locator('article').nth(2).waitFor()
    for (const name of ['now', 'before session 12']) {
      await press('j', 'Enter')
      await enter(/^button Name it…$/)
      await tabTo(/^input Name of /)
      await type(name)
      if (name === 'now') await press('Enter')
      else await enter(/^button Name it$/)
      await dialog.locator('li', { hasText: name }).waitFor()
      expect(await focused()).toMatch(/^input Name of/)
      await press('Escape')
      await expect.poll(() => dialog.count()).toBe(0)
      expect(await focused()).toBe('button Name it…')
    }
    await enter(/^button Named versions$/, 'back')
    await enter(/^button Compare “now”$/)
    await page.getByText('Choose another version').waitFor()
    await enter(/^button Named versions$/, 'back')
    await enter(/^button Compare “before session 12”$/)
    await page.getByRole('dialog', { name: /^Two versions/ }).waitFor()
    await press('Escape')
    await enter(/^button Named versions$/, 'back')
    await enter(/^button Restore “before session 12”$/)
    await page
      .getByRole('dialog', { name: /^Restore a version/ })
      .getByText('What will change')
      .waitFor()
    await enter(/^button Restore$/)
    await expect.poll(() => page.locator('dialog').count()).toBe(0)
    expect(await stateOf(id)).toEqual({ name: 'Wend', summary: 'First.' })
    await expect.poll(focused).toMatch(/^button Show what changed/)
    await enter(/^button Named versions$/, 'back')
    await enter(/^button Forget the name “now”$/)
    await expect.poll(() => dialog.locator('li').count()).toBe(1)
    expect(await focused()).not.toBe('')
  })

  it('what is gone is brought back from its own history', async () => {
    const id = find(world().cast, 'Old Tobben')
    await actingAs({ userId: 'ida' }, () =>
      world().pool.query('delete from world_elements where id = $1', [id]),
    )
    const { page, enter, press } = await show(world().pageUrl({ type: 'world_elements', id, raw: '1' }))
    await page.locator('article').first().waitFor()
    await press('j', 'Enter')
    await enter(/^button Bring it back…$/)
    const dialog = page.getByRole('dialog')
    await dialog.getByText(/will change/).waitFor()
    await enter(/^button Bring back$/)
    await expect.poll(() => dialog.count()).toBe(0)
    expect(await stateOf(id)).toMatchObject({ name: 'Old Tobben' })
  })

  it('an element is gone to, seen as it was at any time, and by who set what', async () => {
    const { page, press, type, enter, tabTo, focused } = await show(world().pageUrl({ q: 'actor:muse' }), {
      tolerates: /status of 404/,
    })
    await page.locator('article').first().waitFor()
    await enter(/^a Maren of the Low Moon$/)
    await page.getByRole('heading', { name: 'Maren of the Low Moon' }).waitFor()
    expect(await focused()).toBe('h2 Maren of the Low Moon')
    await enter(/^a As of a time$/)
    await page.locator('.state-row').first().waitFor()
    const caption = () => page.locator('.slider-caption p').innerText()
    const newest = await caption()
    await enter(/^button Older$/)
    await expect.poll(caption).not.toBe(newest)
    await tabTo(/^input Version$/)
    await press('Home')
    await expect.poll(caption).toMatch(/^Version 1 of/)
    await expect.poll(() => page.locator('.state-row', { hasText: 'Maren Oake' }).count()).toBe(1)
    await enter(/^button Older$/, 'back')
    expect(await focused()).toBe('button Older')
    await tabTo(/^button Newer$/)
    await press('Enter')
    await expect.poll(caption).toMatch(/^Version 2 of/)
    await tabTo(/^input On$/)
    // a field forgets the digits before where the next one comes late
    const when = page.locator('input[type=datetime-local]')
    for (let typed = ''; !typed.startsWith('2001-01-31T12:00'); typed = await when.inputValue()) {
      for (let field = 0; field < 7; field++) await press('ArrowLeft')
      await type('01312001120000PM')
    }
    await page.getByText('The history does not reach back that far').waitFor()
    await enter(/^a Who set what$/, 'back')
    await page.locator('.blame').waitFor()
    await tabTo(/^div Who last set/)
    await press('PageDown')
    await enter(/^button History of attributes › rank$/)
    await page.getByText(/^Only/).waitFor()
    expect(await focused()).toBe('h2 Maren of the Low Moon')
    await enter(/^a All activity$/, 'back')
    await page.getByRole('searchbox').waitFor()
    expect(await focused()).toBe('a Activity')
  })

  it('no control was left out', () => {
    expect(findLeftOut(controls, entryActions)).toEqual({ unknown: [], unused: [] })
  })
})
