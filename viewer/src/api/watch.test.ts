import { expect, test } from 'vitest'

import { parseEvents } from './watch.ts'

test('server-sent events are read as they arrive, comments and half an event left aside', () => {
  const { events, rest } = parseEvents(
    ': hello\n\nid: 7\nevent: entry\ndata: {"a":\ndata: 1}\r\n\r\nid: 8\nev',
  )
  expect(events).toEqual([
    { id: '', event: 'message', data: '' },
    { id: '7', event: 'entry', data: '{"a":\n1}' },
  ])
  expect(rest).toBe('id: 8\nev')
})
