import { actingAs, withoutContext } from '../../../src/context/context.ts'
import { ada, type Scenario } from '../scenario.ts'
import { worldOfThree, worldWithGed } from './rows.ts'

const healed = (id: string, before: number, after: number) =>
  ({
    table: 'elements',
    id,
    action: 'update',
    changes: { before: { hp: before }, after: { hp: after } },
    scope: '1',
  }) as const

/** In whose name entries are written. */
export const actors = {
  'nested context': {
    given: worldWithGed,
    run: async (orm) => {
      await actingAs({ userId: 'bo', requestId: 'f3a1' }, async () => {
        await (await orm.load('elements', { id: 1 })).save({ hp: 11 })
        await actingAs({ reason: undefined, ip: '::1' }, async () =>
          (await orm.load('elements', { id: 1 })).save({ hp: 12 }),
        )
      })
      await (await orm.load('elements', { id: 1 })).save({ hp: 13 })
    },
    entries: [
      {
        ...healed('1', 10, 11),
        userId: 'bo',
        context: { reason: ada.reason, requestId: 'f3a1' },
      },
      { ...healed('1', 11, 12), userId: 'bo', context: { requestId: 'f3a1', ip: '::1' }, transaction: 2 },
      { ...healed('1', 12, 13), transaction: 3 },
    ],
  },
  'actor changed inside of a transaction': {
    given: worldOfThree,
    run: (orm) =>
      orm.transaction(async (within) => {
        await (await within.load('elements', { id: 1 })).save({ hp: 11 })
        await actingAs({ userId: 'bo' }, async () =>
          (await within.load('elements', { id: 2 })).save({ hp: 12 }),
        )
        await withoutContext(async () => (await within.load('elements', { id: 3 })).save({ hp: 13 }))
        await (await within.load('elements', { id: 1 })).save({ hp: 14 })
      }),
    entries: [
      healed('1', 10, 11),
      healed('1', 11, 14),
      { ...healed('2', 10, 12), userId: 'bo' },
      { ...healed('3', 10, 13), userId: null, context: null },
    ],
  },
  'no actor': {
    given: worldWithGed,
    run: (orm) => withoutContext(async () => (await orm.load('elements', { id: 1 })).save({ hp: 11 })),
    entries: [{ ...healed('1', 10, 11), userId: null, context: null }],
  },
} as const satisfies Readonly<Record<string, Scenario>>
