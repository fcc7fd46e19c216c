import { issueViewerToken, type Grant } from 'backstory/http'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { find } from '../../examples/worldbuilding/story.ts'
import { describeInChromium, expectAccessible } from '../support/chromium.ts'
import { serve, type TestServer } from '../support/serve.ts'
import { openWorld } from './world.ts'

const key = 'a key that nobody could guess: 0123456789'

describeInChromium('elements in a page of another origin, with a token', (open) => {
  let world: Awaited<ReturnType<typeof openWorld>>
  let host: TestServer
  /** What the page's own back-end answers when it is asked for a token. */
  let issue: () => string
  let issued = 0

  beforeAll(async () => {
    host = await serve(async (request) => {
      const { pathname, searchParams } = new URL(request.url)
      if (pathname === '/token') {
        issued++
        return new Response(issue())
      }
      if (pathname === '/host.js') {
        return new Response(
          `const history = document.querySelector('[data-renews]')
           if (history !== null) history.renewToken = async () => (await fetch('/token')).text()`,
          { headers: { 'content-type': 'text/javascript' } },
        )
      }
      const api = world.server.origin
      return new Response(
        `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A host</title><link rel="icon" href="data:,">
         <script type="module" src="/host.js"></script>
         <script type="module" src="${api}/audit/viewer/backstory-viewer.js"></script></head>
         <body><main><h1>A host</h1><h2>History</h2>${searchParams.get('body') ?? ''}</main></body></html>`,
        {
          headers: {
            'content-type': 'text/html; charset=utf-8',
            'content-security-policy': `default-src 'none'; script-src 'self' ${api}; connect-src 'self' ${api}; img-src data:; base-uri 'none'`,
          },
        },
      )
    })
    world = await openWorld({ tokenKeys: [key], trustedOrigins: [host.origin] })
    // whoever brings no token is nobody
    world.as = 'nobody'
  })
  afterAll(async () => {
    await world.close()
    await host.stop()
  })

  const grant = (id: string): Grant => ({
    can: ['read', 'watch', 'restore'],
    actor: { userId: 'guest' },
    sight: { elements: [{ elementType: 'world_elements', elementId: id }] },
  })
  const embed = (attributes: string, options: Parameters<typeof open>[1] = {}) => {
    const body = `<backstory-timeline api="${world.server.origin}/audit" element-type="world_elements" ${attributes}></backstory-timeline>`
    return open(`${host.origin}/?${new URLSearchParams({ body }).toString()}`, options)
  }

  it('show what it opens, and renew it when it is there no more or expired', async () => {
    const id = find(world.cast, 'Hollowmere')
    issue = () => issueViewerToken(grant(id), { key })
    const page = await embed(`element-id="${id}" data-renews`, { tolerates: /status of 401/ })
    await page.locator('article').first().waitFor()
    await page.locator('.disclosure').first().click()
    await page.locator('.detail').first().waitFor()
    await expectAccessible(page)
    expect(issued).toBe(1)
    // the one that it has is taken away
    await page.evaluate(`document.querySelector('backstory-timeline').token = 'bst1.forged'`)
    await world.rename('ada', id, 'Hollowmere, renamed', 'for a guest')
    await page.getByRole('button', { name: '1 new change' }).click()
    await page.getByText('for a guest').waitFor()
    expect(issued).toBe(2)
  }, 30_000)

  it('write by its actor what it may write', async () => {
    const id = find(world.cast, 'Old Tobben')
    await world.rename('eve', id, 'Nobody', 'spoilt')
    const token = issueViewerToken(grant(id), { key })
    const page = await embed(`element-id="${id}" token="${token}"`)
    await page.getByLabel('Every entry by itself').check()
    await page.locator('.disclosure').nth(1).click()
    await page.getByRole('button', { name: 'Restore this version…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Restore', exact: true }).click()
    await dialog.waitFor({ state: 'detached' })
    const [latest] = (await world.backstory.element('world_elements', id).entries({ limit: 1 })).entries
    expect(latest).toMatchObject({ userId: 'guest', changes: { after: { name: 'Old Tobben' } } })
    expect(await page.getByRole('button', { name: /^Undo/ }).count()).toBe(0)
  })

  it('show nothing of what it does not open, and say why where it is refused', async () => {
    const token = issueViewerToken(grant(find(world.cast, 'Hollowmere')), { key })
    const other = await embed(`element-id="${find(world.cast, 'Old Tobben')}" token="${token}"`)
    await other.getByText('Nothing has happened to this world element yet').waitFor()
    await other.getByText('there may be more than you see').waitFor()
    const refused = await embed(`element-id="x" token="${token.slice(0, -2)}"`, {
      tolerates: /status of 401/,
    })
    await refused.getByText('You may not see this history').waitFor()
    await refused.getByText('The token was not issued here').waitFor()
    // another one is taken as soon as it is there
    const id = find(world.cast, 'Hollowmere')
    await refused.evaluate(
      `Object.assign(document.querySelector('backstory-timeline'), { token: '${token}' }).setAttribute('element-id', '${id}')`,
    )
    await refused.locator('article').first().waitFor()
  })
})
