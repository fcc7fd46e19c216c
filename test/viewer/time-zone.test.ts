import { createBackstory } from 'backstory'
import { createHandler } from 'backstory/http'
import { audited } from 'backstory/pg'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { describeInChromium } from '../support/chromium.ts'
import { createPostgresDatabase } from '../support/database.ts'
import { serve, type TestServer } from '../support/serve.ts'

const hourMs = 3_600_000
const weekMs = 7 * 24 * hourMs

/** What clocks show in a zone, as `2026-01-31 14:05:00`. */
const localOf = (ms: number, timeZone: string) =>
  new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(ms)

/** A day of the last months on which the clocks of a zone were put forward or back; an ordinary one where there is none. */
function changedDay(timeZone: string): string {
  const now = Date.now()
  for (let ms = now - 2 * 24 * hourMs; ms > now - 24 * weekMs; ms -= hourMs) {
    const [before, after] = [localOf(ms - hourMs, timeZone), localOf(ms, timeZone)]
    const passedMs = Date.parse(`${after}Z`) - Date.parse(`${before}Z`)
    if (passedMs !== hourMs) return after.slice(0, 10)
  }
  return localOf(now - 10 * weekMs, timeZone).slice(0, 10)
}

describeInChromium('days', (open) => {
  const zones = ['Europe/Berlin', 'America/Santiago', 'Pacific/Auckland', 'Pacific/Kiritimati'] as const
  let pool: pg.Pool
  let server: TestServer
  let drop: () => Promise<void>

  beforeAll(async () => {
    const created = await createPostgresDatabase()
    drop = created.drop
    pool = audited(new pg.Pool({ connectionString: created.url }))
    await pool.query('create table notes (id integer primary key, zone text)')
    await createBackstory(pool).track('notes', { scope: 'zone' })
    let id = 0
    const client = await pool.connect()
    for (const zone of zones) {
      // an entry every hour, at half past, for the day itself and what is on either side of it
      const noon = Date.parse(`${changedDay(zone)}T12:00:00Z`)
      for (let hour = -50; hour < 50; hour++) {
        await client.query('insert into notes values ($1, $2)', [++id, zone])
        await client.query('set session_replication_role = replica')
        await client.query('update audit_logs set "timestamp" = $1 where element_id = $2', [
          new Date(noon + (hour + 0.5) * hourMs).toISOString(),
          String(id),
        ])
        await client.query('reset session_replication_role')
      }
    }
    client.release()
    const handle = createHandler(createBackstory(pool), {
      authorize: () => ({ can: ['read'] }),
      basePath: '/audit',
    })
    server = await serve(handle)
  })
  afterAll(async () => {
    await server.stop()
    await pool.end()
    await drop()
  })

  const pageUrl = (parameters: Readonly<Record<string, string>>) =>
    `${server.origin}/audit/viewer/?${new URLSearchParams(parameters).toString()}`

  it.each(zones)('of the heatmap are those of a reader in %s, and lead to their entries', async (zone) => {
    const day = changedDay(zone)
    const hours = Array.from(
      { length: 60 },
      (_, hour) => Date.parse(`${day}T00:30:00Z`) + (hour - 20) * hourMs,
    )
    const expected = hours.filter((ms) => localOf(ms, zone).startsWith(day)).length
    const page = await open(pageUrl({ q: `scope:${zone}`, raw: '1' }), { timezoneId: zone })
    const name = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'long' }).format(
      Date.parse(day),
    )
    const cell = page.locator('.calendar rect', { hasText: new RegExp(`\\b${name}.*: ${expected} changes`) })
    // it may be small, and covered by what is drawn over it
    await cell.dispatchEvent('click')
    await expect.poll(() => page.locator('article').count()).toBe(expected)
    expect(await page.locator('.day-name').allInnerTexts()).toEqual([expect.stringContaining(name)])
    expect(await page.locator('.chips .chip').count()).toBe(3)
    // in a new page the day is still the chosen one, and clicked again it is none
    await page.reload()
    await page.locator('.calendar .is-chosen').dispatchEvent('click')
    await expect.poll(() => page.locator('.chips .chip').count()).toBe(1)
  })

  it('of the menu are those of the reader, whose time zone a page may say', async () => {
    const zone = 'Pacific/Auckland'
    const day = changedDay(zone)
    const page = await open(pageUrl({ q: `scope:${zone}`, raw: '1' }), { timezoneId: 'America/Santiago' })
    await page.evaluate(`document.querySelector('backstory-log').setAttribute('time-zone', '${zone}')`)
    await page.getByRole('button', { name: 'Add a filter' }).click()
    await page.getByRole('combobox', { name: 'By' }).selectOption('since')
    await page.getByLabel('Is').fill(day)
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.locator('.chip', { hasText: `Since ${day}` }).waitFor()
    const since = /since:(\S+)/.exec(new URL(page.url()).searchParams.get('q') ?? '')?.[1] ?? ''
    expect(localOf(Date.parse(since), zone)).toBe(`${day} 00:00:00`)
  })
})
