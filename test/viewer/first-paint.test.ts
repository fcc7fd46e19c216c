import { createBackstory } from 'backstory'
import { createHandler } from 'backstory/http'
import { audited } from 'backstory/pg'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { describeInChromium } from '../support/chromium.ts'
import { createPostgresDatabase } from '../support/database.ts'
import { serve, type TestServer } from '../support/serve.ts'

/** How long nobody has to ask for anything until what was asked is answered: more than a page takes to go on by itself. */
const silenceMs = 400

/**
 * Holds answers back until nothing more is asked, so that what waits for an answer is seen to wait: round by round. After
 * as many rounds as are to do, none is answered until all are.
 */
function createRounds() {
  let rounds: string[][] = []
  let held: (() => void)[] = []
  let timer: NodeJS.Timeout | undefined
  let answered = Infinity
  const release = () => {
    if (rounds.length > answered) return
    const answers = held
    held = []
    rounds.push([])
    for (const answer of answers) answer()
  }
  return {
    start: (count: number) => {
      rounds = [[]]
      answered = count
    },
    answerAll: () => {
      answered = Infinity
      release()
    },
    /** What was asked for so far, by round. */
    rounds: () => rounds.filter((asked) => asked.length > 0),
    hold: async (path: string): Promise<void> => {
      rounds.at(-1)?.push(path)
      clearTimeout(timer)
      timer = setTimeout(release, silenceMs)
      await new Promise<void>((resolve) => held.push(resolve))
    },
  }
}

describeInChromium('the first paint of an element with 1,000 entries', (open) => {
  const rounds = createRounds()
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
      await rounds.hold(pathname + search)
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

  /** What was asked for, round by round, when the first entry could be seen: after the answers of so many rounds. */
  const askedFor = async (url: string, answered: number) => {
    rounds.start(answered)
    const page = await open(url)
    await page.locator('article').first().waitFor()
    const asked = rounds.rounds()
    rounds.answerAll()
    return asked
  }

  it('in a page of its own waits for three requests in a row: the page, its modules, one page of entries', async () => {
    const parameters = new URLSearchParams({ type: 'notes', id: '1' })
    const asked = await askedFor(`${server.origin}/audit/viewer/index.html?${parameters.toString()}`, 3)
    expect(asked.slice(0, 3).map((round) => round.length)).toEqual([1, 4, expect.any(Number)])
    expect(asked[2]?.filter((path) => path.startsWith('/audit/entries?'))).toHaveLength(1)
    expect(asked.slice(0, 3).flat().length).toBeLessThanOrEqual(10)
    // the fourth may have been asked: what follows the first paint
    expect(asked.length).toBeLessThanOrEqual(4)
  })

  it('fetches files that are encoded, and kept for ever but for those that name them', async () => {
    const [, modules = []] = await askedFor(`${server.origin}/audit/viewer/index.html?type=notes&id=1`, 3)
    const fetched = await Promise.all(
      modules
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
    const asked = await askedFor(`${server.origin}/host.html`, 4)
    expect(asked[0]).toEqual(['/host.html'])
    expect(asked[1]).toEqual(['/audit/viewer/backstory-viewer.js'])
    expect(asked[2]).toEqual([expect.stringMatching(/assets\/viewer-/)])
    expect(asked[3]?.toSorted()).toEqual([expect.stringMatching(/^.audit.entries\?/), '/audit/me'])
    expect(asked.length).toBeLessThanOrEqual(5)
  })
})
