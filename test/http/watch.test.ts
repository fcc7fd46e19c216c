import pg from 'pg'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'

import { createBackstory, type Sight } from '../../src/index.ts'
import { createHandler, type Handler, type HandlerOptions } from '../../src/http.ts'
import { openPostgres } from '../support/database.ts'

describe('server-sent events', () => {
  let db: Awaited<ReturnType<typeof openPostgres>>
  const open = (options: HandlerOptions = {}) =>
    createHandler(createBackstory(db.database), {
      authorize: () => ({ can: ['watch'] }),
      pollMs: 20,
      ...options,
    })
  const ask = (
    handler: ReturnType<typeof open>,
    path: string,
    headers: Readonly<Record<string, string>> = {},
  ) => handler(new Request(`http://localhost${path}`, { headers }))

  beforeEach(async () => {
    db = await openPostgres()
    onTestFinished(() => db.close())
    await db.run('create table notes (id integer primary key, body text)')
    await createBackstory(db.database).track('notes')
  })

  async function* eventsOf(response: Response) {
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    try {
      for (;;) {
        const read = await reader?.read()
        if (read === undefined || read.done) return
        text += read.value
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          yield Object.fromEntries(
            text
              .slice(0, end)
              .split('\n')
              .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
          )
          text = text.slice(end + 2)
        }
      }
    } finally {
      await reader?.cancel()
    }
  }

  test('bring what is committed, and are resumed by the id of the last one', async () => {
    const response = await ask(open(), '/watch?include=changes')
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    expect(response.headers.get('x-accel-buffering')).toBe('no')
    await db.run(`insert into notes values (1, 'a')`)
    let id = ''
    for await (const event of eventsOf(response)) {
      id = event['id'] ?? id
      if (event['event'] !== 'entry') continue
      expect(JSON.parse(event['data'] ?? '')).toMatchObject({
        elementId: '1',
        changes: { after: { body: 'a' } },
      })
      break
    }
    await db.run(`insert into notes values (2, 'b'), (3, 'c')`)
    const seen: string[] = []
    for await (const event of eventsOf(await ask(open(), '/watch', { 'last-event-id': id }))) {
      if (event['event'] === 'entry') seen.push(JSON.parse(event['data'] ?? '').elementId)
      if (seen.length === 2) break
    }
    expect(seen).toEqual(['2', '3'])
    const after = await ask(open(), `/watch?after=${encodeURIComponent(id)}&q=element:3`)
    for await (const event of eventsOf(after)) {
      if (event['event'] !== 'entry') continue
      expect(JSON.parse(event['data'] ?? '').elementId).toBe('3')
      break
    }
  })

  test('show that they live, and end after a while so that rights are asked about again', async () => {
    const response = await ask(open({ heartbeatMs: 30, streamMs: 500 }), '/watch')
    const events: object[] = []
    for await (const event of eventsOf(response)) events.push(event)
    expect(events.length).toBeGreaterThan(2)
    expect(events.at(-1)).toMatchObject({ id: expect.any(String) })
  })

  test('are refused with a cursor that is none, before they begin', async () => {
    const response = await ask(open(), '/watch?after=abc')
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'invalid_cursor' })
  })

  test('say that they failed, without details, and under which id', async () => {
    const failures: { id: string }[] = []
    const response = await ask(open({ onFailure: (failure) => failures.push(failure) }), '/watch')
    await db.run('alter table audit_logs rename to hidden_logs')
    const events: Record<string, string>[] = []
    for await (const event of eventsOf(response)) events.push(event)
    expect(JSON.parse(events.at(-1)?.['data'] ?? '')).toEqual({ code: 'failed', id: failures[0]?.id })
  })

  test('say so, too, where an entry cannot be labelled, and miss nothing when they are resumed', async () => {
    await createBackstory(db.database).track('notes', { label: 'body' })
    const failures: { id: string }[] = []
    const handler = open({ onFailure: (failure) => failures.push(failure) })
    const rename = (from: string, to: string) =>
      db.run(`alter function backstory.${from}(jsonb, text) rename to ${to}`)
    const seen: string[] = []
    let id = ''
    const follow = async (until: string, then?: () => Promise<void>) => {
      const headers = { 'last-event-id': id }
      for await (const event of eventsOf(
        await ask(handler, '/watch?from=beginning&include=label', headers),
      )) {
        id = event['id'] ?? id
        if (event['event'] === 'entry') seen.push(JSON.parse(event['data'] ?? '').label)
        if (event['event'] === 'problem') seen.push(`problem ${JSON.parse(event['data'] ?? '').id}`)
        if (seen.at(-1) === until) {
          if (then === undefined) break
          await then()
        }
      }
    }
    await db.run(`insert into notes values (1, 'a')`)
    await follow('a', async () => {
      await rename('columns_of', 'hidden')
      await db.run(`insert into notes values (2, 'b'), (3, 'c')`)
    })
    await rename('hidden', 'columns_of')
    await follow('c')
    expect(seen).toEqual(['a', `problem ${failures[0]?.id}`, 'b', 'c'])
    expect(failures).toHaveLength(1)
  })

  test('show that they live while an entry is labelled, by an id that does not leave it out', async () => {
    await createBackstory(db.database).track('notes', { label: 'body' })
    const handler = open({ heartbeatMs: 20 })
    const labelOf = async (id: string) => {
      for await (const event of eventsOf(
        await ask(handler, '/watch?include=label', { 'last-event-id': id }),
      )) {
        if (event['event'] === 'entry') return JSON.parse(event['data'] ?? '').label
      }
    }
    const events = eventsOf(await ask(handler, '/watch?include=label'))
    await events.next()
    await db.session(async (session) => {
      // what says by which column an element is called
      await session.query('begin')
      await session.query('lock table backstory.tracked')
      await db.run(`insert into notes values (1, 'a')`)
      const waiting = `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%labelled%'`
      while ((await db.query(waiting)).length === 0) await events.next()
      const heartbeat = await events.next()
      const id = String(Object(heartbeat.value).id)
      await session.query('rollback')
      await db.run(`insert into notes values (2, 'b')`)
      expect(await labelOf(id)).toBe('a')
    })
    await events.return(undefined)
  })

  describe('of many clients', () => {
    let statements = 0
    class CountingClient extends pg.Client {
      override query = (...given: readonly unknown[]) => {
        statements++
        // oxlint-disable-next-line typescript/unbound-method -- bound by the call
        return Reflect.apply(pg.Client.prototype.query, this, given)
      }
    }
    const openCounted = async (sightOf: (user: string) => Sight | undefined, pollMs = 20) => {
      const pool = new pg.Pool({ connectionString: db.url, Client: CountingClient })
      onTestFinished(() => pool.end())
      return createHandler(createBackstory(pool), {
        authorize: (request) => {
          const sight = sightOf(request.headers.get('x-user') ?? '')
          return { can: ['watch'], ...(sight === undefined ? {} : { sight }) }
        },
        pollMs,
      })
    }
    const start = async (handler: Handler, count: number) => {
      const gone = new AbortController()
      const follow = (index: number) =>
        handler(
          new Request('http://localhost/watch', {
            headers: { 'x-user': String(index) },
            signal: gone.signal,
          }),
        )
      const responses = await Promise.all(Array.from({ length: count }, (_, index) => follow(index)))
      const streams = responses.map((response) => eventsOf(response))
      // the first event says where the stream begins; from then on it is followed
      await Promise.all(streams.map((stream) => stream.next()))
      return { gone, streams }
    }
    /** How many statements are asked in a time in which one that looks every 20 ms can look so often. */
    const countWhile = async (looks: number) => {
      const [before, beganMs] = [statements, performance.now()]
      await new Promise((resolve) => setTimeout(resolve, looks * 20))
      // of a busy machine it may be longer
      const periods = (performance.now() - beganMs) / (looks * 20)
      return Math.floor((statements - before) / periods)
    }

    test('looks at the database once for all of them while nothing happens', async () => {
      const handler = await openCounted((user) =>
        Number(user) % 2 === 0 ? undefined : { elementTypes: ['notes'] },
      )
      const { gone } = await start(handler, 50)
      // what the first looks ask, and what they are told at the beginning
      await countWhile(50)
      const asked = await countWhile(50)
      // one each would be 50 for each look, and more for those who are narrowed
      expect(asked).toBeGreaterThan(0)
      expect(asked).toBeLessThanOrEqual(51)
      gone.abort()
      await countWhile(10)
      expect(await countWhile(20)).toBe(0)
    })

    test('asks no more for those who see nothing of a busy log than one look each, as often as is asked for', async () => {
      await db.run('create table secrets (id integer primary key)')
      await createBackstory(db.database).track('secrets')
      const handler = await openCounted(() => ({ elementTypes: ['notes'] }), 400)
      const { gone } = await start(handler, 10)
      await countWhile(50)
      const ended = new AbortController()
      const writing = (async () => {
        for (let id = 1; !ended.signal.aborted; id++) await db.run(`insert into secrets values (${id})`)
      })()
      // two seconds: five looks each and one that had begun, of three statements; and those of the shared one, every 50 ms
      const asked = await countWhile(100)
      ended.abort()
      await writing
      gone.abort()
      expect(asked).toBeGreaterThan(10)
      expect(asked).toBeLessThanOrEqual(10 * 6 * 3 + 41)
    })

    test('tells each what it may see, and those who see nothing of it nothing', async () => {
      await db.run('create table secrets (id integer primary key)')
      await createBackstory(db.database).track('secrets')
      const handler = await openCounted((user) => ({
        elementTypes: [Number(user) < 3 ? 'notes' : 'secrets'],
      }))
      const { gone, streams } = await start(handler, 6)
      await db.run('insert into secrets values (7)')
      await db.run(`insert into notes values (8, 'x')`)
      const first = await Promise.all(
        streams.map(async (stream) => {
          for await (const event of stream) {
            if (event['event'] === 'entry') return JSON.parse(event['data'] ?? '').elementId
          }
        }),
      )
      expect(first).toEqual(['8', '8', '8', '7', '7', '7'])
      gone.abort()
    })

    test('misses nothing of writers who commit late, or all the time', async () => {
      const handler = await openCounted(() => undefined)
      const { gone, streams } = await start(handler, 5)
      const late = new pg.Client({ connectionString: db.url })
      await late.connect()
      await late.query(`begin; insert into notes values (1000, 'late')`)
      const seen = streams.map(async (stream) => {
        const ids = new Set<string>()
        for await (const event of stream) {
          if (event['event'] === 'entry') ids.add(JSON.parse(event['data'] ?? '').elementId)
          if (ids.size === 101) return ids
        }
        return ids
      })
      for (let id = 1; id <= 100; id++) {
        await db.run(`insert into notes values (${id}, 'x')`)
        if (id === 50) await late.query('commit')
      }
      for (const ids of await Promise.all(seen)) expect(ids.size).toBe(101)
      await late.end()
      gone.abort()
    })
  })
})
