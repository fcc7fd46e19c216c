import { actingAs } from '../../../src/context/context.ts'
import type { Scenario } from '../scenario.ts'
import { worldOfThree, worldWithGed } from './rows.ts'

const renamed = (id: string, before: string, after: string) =>
  ({
    table: 'elements',
    id,
    action: 'update',
    changes: { before: { name: before }, after: { name: after } },
    scope: '1',
  }) as const

/** What is committed, and what is not. */
export const transactions = {
  'several writes in one transaction': {
    given: worldOfThree,
    run: (orm) =>
      orm.transaction(async (within) => {
        await (await within.load('elements', { id: 1 })).save({ name: 'Sparrowhawk' })
        await (await within.load('elements', { id: 1 })).save({ name: 'Archmage' })
        await (await within.load('elements', { id: 2 })).save({ name: 'The Silent' })
      }),
    entries: [
      renamed('1', 'Ged', 'Sparrowhawk'),
      renamed('1', 'Sparrowhawk', 'Archmage'),
      renamed('2', 'Ogion', 'The Silent'),
    ],
  },
  'serializable transaction': {
    given: worldWithGed,
    run: (orm) =>
      orm.transaction(
        async (within) => {
          await (await within.load('elements', { id: 1 })).save({ name: 'Sparrowhawk' })
          const [level] = await within.raw('show transaction_isolation')
          if (JSON.stringify(level) !== '{"transaction_isolation":"serializable"}') {
            throw new Error(`The transaction is not serializable: ${JSON.stringify(level)}.`)
          }
        },
        { isolation: 'serializable' },
      ),
    entries: [renamed('1', 'Ged', 'Sparrowhawk')],
  },
  rollback: {
    given: worldWithGed,
    run: async (orm) => {
      await expectBack('rolled back', (error) =>
        orm.transaction(async (within) => {
          await (await within.load('elements', { id: 1 })).save({ name: 'Sparrowhawk' })
          await within.insert('bonds', { element_id: 1, kind: 'gone' })
          throw error
        }),
      )
      await (await orm.load('elements', { id: 1 })).save({ name: 'Archmage' })
    },
    entries: [renamed('1', 'Ged', 'Archmage')],
  },
  'savepoint rolled back': {
    given: worldOfThree,
    run: (orm) =>
      orm.transaction(async (within) => {
        await (await within.load('elements', { id: 1 })).save({ name: 'Sparrowhawk' })
        await expectBack('back to the savepoint', (error) =>
          within.savepoint(async (inner) => {
            await (await inner.load('elements', { id: 2 })).save({ name: 'gone' })
            await inner.insert('bonds', { element_id: 1, kind: 'gone' })
            throw error
          }),
        )
        await (await within.load('elements', { id: 3 })).save({ name: 'Arha' })
      }),
    entries: [renamed('1', 'Ged', 'Sparrowhawk'), renamed('3', 'Tenar', 'Arha')],
  },
  'two transactions at once on one row': {
    given: worldWithGed,
    run: async (orm, { untilBlocked }) => {
      const written = Promise.withResolvers<void>()
      const waiting = Promise.withResolvers<void>()
      const first = orm.transaction(async (within) => {
        await (await within.load('elements', { id: 1 })).save({ name: 'Sparrowhawk' })
        written.resolve()
        await waiting.promise
      })
      // where one fails there is nothing to wait for
      await Promise.race([written.promise, first])
      const second = actingAs({ userId: 'bo' }, () =>
        orm.transaction(async (within) => {
          await (await within.load('elements', { id: 1 })).save({ name: 'Archmage' })
        }),
      )
      await Promise.race([untilBlocked(), second])
      waiting.resolve()
      await Promise.all([first, second])
    },
    entries: [
      renamed('1', 'Ged', 'Sparrowhawk'),
      { ...renamed('1', 'Sparrowhawk', 'Archmage'), userId: 'bo', transaction: 2 },
    ],
  },
} as const satisfies Readonly<Record<string, Scenario>>

/** Runs work that is to throw the error that it is given, and nothing else. */
async function expectBack(message: string, work: (error: Error) => Promise<void>): Promise<void> {
  const error = new Error(message)
  try {
    await work(error)
  } catch (thrown) {
    if (thrown === error) return
    throw thrown
  }
  throw new Error(`The transaction has swallowed the error "${message}".`)
}
