import { expect, test } from 'vitest'

import type { EntryPage } from '../api/api.ts'
import { exampleEntry } from '../model/example-entry.ts'
import { createFeed } from './create-feed.ts'

function pagesOf(count: number) {
  const asked: (string | null)[] = []
  const read = async (cursor: string | null): Promise<EntryPage> => {
    asked.push(cursor)
    const index = cursor === null ? 0 : Number(cursor)
    return {
      entries: [exampleEntry({ id: String(1000 - index) })],
      nextCursor: index + 1 < count ? String(index + 1) : null,
    }
  }
  return { asked, read }
}

test('a feed reads page after page and knows its end', async () => {
  const { asked, read } = pagesOf(3)
  const feed = createFeed(read)
  for (let index = 0; index < 5; index++) await feed.loadMore()
  expect(asked).toEqual([null, '1', '2'])
  expect(feed.status.value).toBe('end')
  expect(feed.pages.value[1]?.previous?.id).toBe('1000')
})

test('a feed lets go what is far away, and asks for it again', async () => {
  const { asked, read } = pagesOf(30)
  const feed = createFeed(read)
  for (let index = 0; index < 30; index++) await feed.loadMore()
  feed.keep(28, 30)
  const kept = () => feed.pages.value.flatMap(({ entries }, index) => (entries === null ? [] : [index]))
  expect(kept()).toEqual([0, 24, 25, 26, 27, 28, 29])
  feed.keep(10, 11)
  await Promise.resolve()
  await Promise.resolve()
  expect(asked.at(-1)).toBe('10')
  expect(kept()).toEqual([0, 10])
})

test('a feed says what went wrong, and goes on where it stopped', async () => {
  let isBroken = true
  const feed = createFeed(async () => {
    if (isBroken) throw new Error('no network')
    return { entries: [], nextCursor: null }
  })
  await feed.loadMore()
  expect([feed.status.value, feed.problem.value?.detail]).toEqual(['failed', 'no network'])
  isBroken = false
  await feed.loadMore()
  expect([feed.status.value, feed.problem.value]).toEqual(['end', null])
})
