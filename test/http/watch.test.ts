import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { createHandler, type HandlerOptions } from '../../src/http.ts'
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
})
