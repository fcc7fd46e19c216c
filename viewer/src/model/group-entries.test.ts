import { describe, expect, test } from 'vitest'

import { exampleEntry } from './example-entry.ts'
import type { LabelledEntry } from './entry-view.ts'
import { groupEntries, type GroupOptions } from './group-entries.ts'

const options: GroupOptions = {
  isRaw: false,
  sessionMinutes: 10,
  previous: null,
  dayOf: (timestamp) => timestamp.slice(0, 10),
}

function at(time: string, given: Partial<LabelledEntry> = {}): LabelledEntry {
  return exampleEntry({
    id: time.replaceAll(/\D/g, ''),
    timestamp: `2026-01-31T${time}:00.000000Z`,
    ...given,
  })
}

function shapes(entries: readonly LabelledEntry[], given: Partial<GroupOptions> = {}) {
  return groupEntries(entries, { ...options, ...given }).flatMap(({ groups }) =>
    groups.map(
      (group) =>
        `${group.kind} ${group.entries.map(({ id }) => id).join('+')}${group.isContinued ? ' continued' : ''}`,
    ),
  )
}

describe('grouping entries', () => {
  test('joins what one actor does to one element within minutes, pause by pause', () => {
    expect(shapes([at('12:25'), at('12:16'), at('12:07'), at('11:50')])).toEqual([
      'session 1225+1216+1207',
      'single 1150',
    ])
  })

  test('keeps actors, kinds of actors and elements apart, and a session whole though others interfere', () => {
    expect(
      shapes([
        at('12:05'),
        at('12:04', { userId: 'bo' }),
        at('12:03', { elementId: 'another' }),
        at('12:02', { context: { actorKind: 'agent' } }),
        at('12:01'),
      ]),
    ).toEqual(['session 1205+1201', 'single 1204', 'single 1203', 'single 1202'])
  })

  test('joins a transaction over several elements, and takes one of a single element for a session', () => {
    expect(
      shapes([
        at('12:05', { transactionId: '9', elementId: 'a' }),
        at('12:04', { transactionId: '9', elementId: 'b', action: 'delete' }),
        at('11:00', { transactionId: '8' }),
        at('11:00', { id: '10', transactionId: '8' }),
      ]),
    ).toEqual(['transaction 1205+1204', 'session 1100+10'])
  })

  test('leaves every entry by itself where that is asked for', () => {
    expect(shapes([at('12:05'), at('12:04')], { isRaw: true })).toEqual(['single 1205', 'single 1204'])
  })

  test('begins anew with every day, and says where a page goes on with the last one', () => {
    const days = groupEntries([at('00:01'), at('23:59', { timestamp: '2026-01-30T23:59:00Z' })], {
      ...options,
      previous: at('00:05'),
    })
    expect(days.map(({ day, isContinued, groups }) => [day, isContinued, groups[0]?.isContinued])).toEqual([
      ['2026-01-31', true, true],
      ['2026-01-30', false, false],
    ])
  })
})
