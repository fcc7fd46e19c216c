import { createBackstory } from 'backstory'
import { createHandler } from 'backstory/http'
import { audited } from 'backstory/pg'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { describeInChromium } from '../support/chromium.ts'
import { createPostgresDatabase } from '../support/database.ts'
import { serve, type TestServer } from '../support/serve.ts'

/**
 * Holds answers back until all that a round is to consist of was asked for, so that what waits for an answer is seen to
 * wait: round by round. What is asked for behind the last round is not answered until all is.
 */
function createRounds() {
  let wanted: readonly (readonly RegExp[])[] = []
  let asked: string[][] = [[]]
  let held: (() => void)[] = []
  let isOpen = false
  const release = () => {
    const answers = held
    held = []
    for (const answer of answers) answer()
  }
  const isWhole = () => {
    const round = wanted[asked.length - 1]
    return round?.every((path) => asked.at(-1)?.some((one) => path.test(one)) === true) === true
  }
  return {
    start: (rounds: readonly (readonly RegExp[])[]) => {
      wanted = rounds
      asked = [[]]
      isOpen = false
    },
    answerAll: () => {
      isOpen = true
      release()
    },
    /** What was asked for so far, by round. */
    asked: () => asked.filter((round) => round.length > 0),
    hold: async (path: string): Promise<void> => {
      if (isOpen) return
      asked.at(-1)?.push(path)
      const answered = new Promise<void>((resolve) => held.push(resolve))
      if (isWhole()) {
        asked.push([])
        release()
      }
      await answered
    },
  }
}

describeInChromium('the first paint of an element with 1,000 entries', (open) => {
  const answers = createRounds()
  let server: TestServer
  let close: () => Promise<void>
  let isClosing = false
  beforeAll(async () => {
    const { url, drop } = await createPostgresDatabase()
    const pool = audited(new pg.Pool({ connectionString: url }))
    await pool.query('create table notes (id integer primary key, title text not null, body text)')
    await createBackstory(pool).track('notes', { label: 'title' })
    await pool.query(`insert into notes values (1, 'A note', 'x')`)
    await pool.query(
      `do $$ begin for n in 1..999 loop update notes set body = 'the text of version ' || n; end loop; end $$`,
    )
    const handle = createHandler(createBackstory(pool), {
      authorize: () => ({ can: ['read', 'watch', 'restore'] }),
      basePath: '/audit',
      writes: true,
      // pages that were closed are answered late, and some after the end
      onFailure: ({ error }) => {
        if (!isClosing) throw error
      },
    })
    server = await serve(async (request) => {
      const { pathname, search } = new URL(request.url)
      await answers.hold(pathname + search)
      if (pathname !== '/host.html') return handle(request)
      return new Response(
        `<!doctype html><html lang="en"><title>A host</title><link rel="icon" href="data:,">
         <script type="module" src="/audit/viewer/backstory-viewer.js"></script>
         <backstory-timeline api="/audit" element-type="notes" element-id="1"></backstory-timeline>`,
        { headers: { 'content-type': 'text/html; charset=utf-8' } },
      )
    })
    close = async () => {
      isClosing = true
      await server.stop()
      await pool.end()
      await drop()
    }
  })
  afterAll(() => close())

  /** What was asked for, round by round, when the first entry could be seen: after the answers of these rounds. */
  const askedFor = async (url: string, rounds: readonly (readonly RegExp[])[]) => {
    answers.start(rounds)
    const page = await open(url)
    await page.locator('article').first().waitFor()
    const asked = answers.asked()
    answers.answerAll()
    return asked
  }

  const modules = [/page\.css$/, /backstory-viewer\.js$/, /assets\/more-/, /assets\/viewer-/]
  const entries = /^\/audit\/entries\?/
  const askedByOwnPage = () =>
    askedFor(`${server.origin}/audit/viewer/index.html?type=notes&id=1`, [
      [/index\.html/],
      modules,
      [entries],
    ])

  it('in a page of its own waits for three requests in a row: the page, its modules, one page of entries', async () => {
    const asked = await askedByOwnPage()
    expect(asked.slice(0, 2).map((round) => round.length)).toEqual([1, modules.length])
    expect(asked[2]?.filter((path) => entries.test(path))).toHaveLength(1)
    expect(asked.slice(0, 3).flat().length).toBeLessThanOrEqual(10)
  })

  it('fetches files that are encoded, and kept for ever but for those that name them', async () => {
    const [, files = []] = await askedByOwnPage()
    const fetched = await Promise.all(
      files
        .filter((path) => path.endsWith('.js'))
        .map(async (path) => {
          const { headers } = await fetch(`${server.origin}${path}`, { headers: { 'accept-encoding': 'br' } })
          return [path, headers.get('content-encoding'), headers.get('cache-control')]
        }),
    )
    expect(fetched).toHaveLength(3)
    for (const [path, encoding, caching] of fetched) {
      expect(encoding).toBe('br')
      expect(caching).toBe(
        path?.includes('/assets/') === true ? 'public, max-age=31536000, immutable' : 'no-cache',
      )
    }
  })

  it('in a page of a host waits for one more, the module that is behind the one that the page names', async () => {
    const asked = await askedFor(`${server.origin}/host.html`, [
      [/^\/host\.html$/],
      [/backstory-viewer\.js$/],
      [/assets\/viewer-/],
      [entries, /^\/audit\/me$/],
    ])
    expect(asked.slice(0, 3).map((round) => round.length)).toEqual([1, 1, 1])
    expect(asked[3]?.toSorted()).toEqual([expect.stringMatching(entries), '/audit/me'])
  })
})
