import { actingAs } from 'backstory'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { find } from '../../examples/worldbuilding/story.ts'
import { sinkingPlace } from '../../examples/worldbuilding/seed.ts'
import { describeInChromium, expectAccessible } from '../support/chromium.ts'
import { openWorld } from './world.ts'

describeInChromium('the page of one element', (open) => {
  let world: Awaited<ReturnType<typeof openWorld>>
  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(() => world.close())
  const nameOf = async (id: string) => {
    const { rows } = await world.pool.query<{ name: string; summary: string }>(
      'select name, summary from world_elements where id = $1',
      [id],
    )
    return rows[0]
  }
  const write = (userId: string, id: string, name: string, summary: string) =>
    actingAs({ userId }, () =>
      world.pool.query('update world_elements set name = $2, summary = $3 where id = $1', [
        id,
        name,
        summary,
      ]),
    )

  it('restores a version: previewed, with a reason, and only the fields that are ticked', async () => {
    const id = find(world.cast, 'Hollowmere')
    await write('ada', id, 'Hollowmere', 'As it was.')
    await write('eve', id, 'Hollowmere the Loud', 'Spoilt.')
    const page = await open(world.pageUrl({ type: 'world_elements', id, raw: '1' }))
    await page.locator('.disclosure').nth(1).click()
    await page.getByRole('button', { name: 'Restore this version…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Restore a version of Hollowmere' })
    await dialog.getByText('What will change').waitFor()
    expect(await dialog.locator('ins').allInnerTexts()).toEqual(
      expect.arrayContaining([expect.stringContaining('Hollowmere')]),
    )
    await expectAccessible(page)
    await dialog.getByRole('checkbox', { name: 'summary' }).uncheck()
    await dialog.getByLabel('Reason').fill('vandalism')
    await dialog.getByRole('button', { name: 'Restore', exact: true }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByText('vandalism').first().waitFor()
    expect(await nameOf(id)).toEqual({ name: 'Hollowmere', summary: 'Spoilt.' })
    const [latest] = (await world.backstory.element('world_elements', id).entries({ limit: 1 })).entries
    expect([latest?.userId, latest?.context?.['reason']]).toEqual(['ada', 'vandalism'])
  })

  it('undoes a change, says what was changed again since, and leaves that where it is told to', async () => {
    const id = find(world.cast, 'The Saltglass Bell')
    await write('ada', id, 'The Saltglass Bell', 'One.')
    await write('eve', id, 'The Bell', 'Two.')
    await write('bo', id, 'The Bell of Bo', 'Two.')
    const page = await open(world.pageUrl({ type: 'world_elements', id, raw: '1' }))
    await page.locator('.disclosure').nth(1).click()
    await page.getByRole('button', { name: 'Undo this change…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Something was changed again since').waitFor()
    expect(await dialog.getByRole('button', { name: 'Undo', exact: true }).isDisabled()).toBe(true)
    await expectAccessible(page)
    await dialog.getByLabel('Restore the rest, and leave what was changed since').check()
    await dialog.getByText('What will change').waitFor()
    await dialog.getByRole('button', { name: 'Undo', exact: true }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(await nameOf(id)).toEqual({ name: 'The Bell of Bo', summary: 'One.' })
  })

  it('names versions, lists them, compares and restores from them, and forgets a name', async () => {
    const id = find(world.cast, 'On the naming of currents')
    await write('ada', id, 'On the naming of currents', 'First.')
    await write('bo', id, 'On the naming of tides', 'Second.')
    const page = await open(world.pageUrl({ type: 'world_elements', id, raw: '1' }), {
      tolerates: /status of 409/,
    })
    const dialog = page.getByRole('dialog', { name: 'Named versions' })
    await page.getByRole('button', { name: 'Named versions' }).click()
    await dialog.getByText('None yet.').waitFor()
    await expectAccessible(page)
    await page.keyboard.press('Escape')
    for (const [nth, name] of [
      [0, 'after the tide'],
      [1, 'before session 12'],
    ] as const) {
      await page.locator('.disclosure').nth(nth).click()
      await page.getByRole('button', { name: 'Name it…' }).nth(nth).click()
      await dialog.getByRole('textbox').fill(name)
      await dialog.getByRole('button', { name: 'Name it' }).click()
      await dialog.locator('li', { hasText: name }).waitFor()
      // a name is given once
      await dialog.getByRole('textbox').fill(name)
      await dialog.getByRole('button', { name: 'Name it' }).click()
      await dialog.getByText('Name taken').waitFor()
      // pointed at, it is read as well
      await dialog.getByRole('button', { name: 'Name it' }).hover()
      await expectAccessible(page)
      await page.keyboard.press('Escape')
      await dialog.waitFor({ state: 'detached' })
    }
    const show = () => page.getByRole('button', { name: 'Named versions' }).click()
    await show()
    await dialog.getByRole('button', { name: 'Compare “before session 12”' }).click()
    await page.getByText('Choose another version').waitFor()
    await show()
    await dialog.getByRole('button', { name: 'Compare “after the tide”' }).click()
    await page.getByRole('heading', { name: /^Two versions of/ }).waitFor()
    await page.keyboard.press('Escape')
    await show()
    await dialog.getByRole('button', { name: 'Restore “before session 12”' }).click()
    const restoring = page.getByRole('dialog', { name: /^Restore a version/ })
    await restoring.getByText('What will change').waitFor()
    await restoring.getByRole('button', { name: 'Restore', exact: true }).click()
    await restoring.waitFor({ state: 'detached' })
    expect(await nameOf(id)).toEqual({ name: 'On the naming of currents', summary: 'First.' })
    await show()
    await dialog.getByRole('button', { name: 'Forget the name “after the tide”' }).click()
    await expect.poll(() => dialog.locator('li').allInnerTexts()).toHaveLength(1)
    world.as = 'reader'
    await page.reload()
    await show()
    await dialog.locator('li', { hasText: 'before session 12' }).waitFor()
    expect(await dialog.getByRole('button', { name: /Restore|Forget|Name it/ }).count()).toBe(0)
    world.as = 'editor'
  })

  it('lists what is gone, and brings it back with what its deletion took along', async () => {
    const page = await open(world.pageUrl())
    await page.getByRole('link', { name: 'Deleted' }).click()
    const row = page.locator('.row', { hasText: sinkingPlace })
    await row.waitFor()
    await expectAccessible(page)
    await row.getByRole('link', { name: sinkingPlace }).click()
    await page.getByText('deleted', { exact: true }).waitFor()
    await page.goBack()
    await page
      .locator('.row', { hasText: sinkingPlace })
      .getByRole('button', { name: /Bring back/ })
      .click()
    const dialog = page.getByRole('dialog', { name: `Bring back ${sinkingPlace}` })
    await dialog.getByText(/elements will change/).waitFor()
    await dialog.getByRole('button', { name: 'Bring back', exact: true }).click()
    await dialog.waitFor({ state: 'detached' })
    await expect.poll(() => page.locator('.row', { hasText: sinkingPlace }).count()).toBe(0)
    expect(await nameOf(find(world.cast, sinkingPlace))).toMatchObject({ name: sinkingPlace })
  })

  it.each(['light', 'dark'] as const)(
    'shows what it was at any time, in %s, by slider, by button and by date',
    async (colorScheme) => {
      const page = await open(world.heroineUrl({ tab: 'asof' }), { colorScheme, tolerates: /status of 404/ })
      await page.locator('.state-row').first().waitFor()
      const caption = () => page.locator('.slider-caption p').innerText()
      const newest = await caption()
      await page.getByRole('button', { name: 'Older' }).click()
      await expect.poll(caption).not.toBe(newest)
      await expect.poll(() => new URL(page.url()).searchParams.get('at')).toMatch(/^\d+$/)
      await page.getByText('changed here').first().waitFor()
      await page.getByRole('slider', { name: 'Version' }).fill('0')
      await expect
        .poll(() => page.locator('.state-row', { hasText: 'name' }).first().innerText())
        .toContain('Maren Oake')
      await expectAccessible(page)
      await page.getByRole('textbox', { name: 'On' }).fill('2001-01-31T12:00:00')
      await page.getByText('The history does not reach back that far').waitFor()
      await expectAccessible(page)
    },
  )

  it.each(['light', 'dark'] as const)('shows who set what, in %s', async (colorScheme) => {
    const page = await open(world.heroineUrl({ tab: 'blame' }), { colorScheme })
    const rank = page.locator('tr', { hasText: 'rank' })
    await rank.waitFor()
    expect(await rank.innerText()).toContain('chidi')
    await expectAccessible(page)
  })

  it('says that what is gone is not there, and what it was before', async () => {
    const id = find(world.cast, 'Wend, a brass sextant')
    await actingAs({ userId: 'dunya' }, () =>
      world.pool.query('delete from world_elements where id = $1', [id]),
    )
    const page = await open(world.pageUrl({ type: 'world_elements', id, tab: 'asof' }))
    await page.getByText('It did not exist then').waitFor()
    await page.getByRole('button', { name: 'Older' }).click()
    await page.getByText('Measures the distance to where you meant to be.').waitFor()
    await page.getByRole('link', { name: 'Who set what' }).click()
    await page.getByText('It does not exist at this moment').waitFor()
    await expectAccessible(page)
  })

  it('says that nothing is known of what was never there', async () => {
    const page = await open(
      world.pageUrl({ type: 'world_elements', id: 'f0000000-0000-4000-8000-000000000000' }),
    )
    await page.getByText('Nothing has happened to this world element yet').waitFor()
    await expectAccessible(page)
  })

  it('draws values by their kind: numbers as they were written, days and times as the reader writes them', async () => {
    const id = find(world.cast, 'The Order of the Low Moon')
    await actingAs({ userId: 'ada' }, () =>
      world.pool.query(`update world_elements set attributes = $2 where id = $1`, [
        id,
        `{"is_open": true, "founded": "0412-03-01", "met_at": "2026-03-01T12:30:00Z", "members": 12.50, "oath": "",
          "motto": "# Low *moon*, high tide: nobody rows alone", "colours": ["black", "silver"],
          "ranks": {"oar": {"of": [1]}}, "leader": null}`,
      ]),
    )
    const page = await open(world.pageUrl({ type: 'world_elements', id, raw: '1' }))
    await page.locator('.disclosure').first().click()
    const drawn = async (field: string) =>
      (await page.locator('.field', { hasText: field }).locator('ins .value, ins .tree').innerText()).trim()
    expect(await drawn('is open')).toBe('yes')
    expect(await drawn('founded')).toBe('1 March 412')
    expect(await drawn('met at')).toBe('1 March 2026 at 12:30:00')
    expect(await drawn('members')).toBe('12.50')
    expect(await drawn('oath')).toBe('no text')
    expect(await drawn('motto')).toBe('# Low *moon*, high tide: nobody rows alone')
    expect(await drawn('colours')).toMatch(/^black\s+silver$/)
    expect(await drawn('leader')).toBe('empty')
    expect(await drawn('ranks')).toMatch(/^1 key/)
  })

  describe('takes values for text', () => {
    const markup = '<img src=x onerror=alert(1)>'

    it('a name of markup, in sentences, links, dialogs, states and blame', async () => {
      const id = find(world.cast, 'Old Tobben')
      await actingAs({ userId: markup, reason: markup }, () =>
        world.pool.query(
          `update world_elements set name = $2, summary = $3, body = $3, attributes = $4 where id = $1`,
          [
            id,
            markup,
            `A text long enough to be compared. ${markup}`,
            { [markup]: { [markup]: [markup, { name: markup, x: 1 }] } },
          ],
        ),
      )
      const page = await open(world.pageUrl())
      await page.getByRole('link', { name: markup }).first().waitFor()
      await page.locator('article', { hasText: markup }).first().locator('.disclosure').click()
      await page.locator('.fields').first().waitFor()
      await page.getByText('Raw entry').first().click()
      await page.getByRole('link', { name: markup }).first().click()
      await page.getByRole('heading', { name: markup }).waitFor()
      await page.locator('.disclosure').first().click()
      await page.getByRole('button', { name: /^Undo/ }).first().click()
      await page.getByRole('dialog').getByText('What will change').waitFor()
      await page.keyboard.press('Escape')
      await page.getByRole('link', { name: 'As of a time' }).click()
      await page.locator('.state-row').first().waitFor()
      await page.getByRole('link', { name: 'Who set what' }).click()
      await page.locator('.blame').waitFor()
      expect(await page.locator('img').count()).toBe(0)
      await page.goto(world.pageUrl({ q: `actor:"${markup}"` }))
      await page.locator('article').first().waitFor()
      expect(await page.locator('.chip').first().innerText()).toContain(markup)
      expect(await page.locator('img').count()).toBe(0)
    })
  })
})
