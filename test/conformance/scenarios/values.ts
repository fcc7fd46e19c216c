import type { Scenario } from '../scenario.ts'

/** Keys and values that a program easily bends. */
export const values = {
  'composite key': {
    given: [['bonds', [{ element_id: 1, kind: 'rival', strength: 1 }]]],
    run: async (orm) => {
      await orm.insert('bonds', { element_id: 1, kind: 'a "friend"', strength: 2 })
      await (await orm.load('bonds', { element_id: 1, kind: 'a "friend"' })).save({ strength: 3 })
      await (await orm.load('bonds', { element_id: 1, kind: 'rival' })).remove()
    },
    entries: [
      {
        table: 'bonds',
        id: '[1,"a \\"friend\\""]',
        action: 'insert',
        changes: { after: { element_id: 1, kind: 'a "friend"', strength: 2 } },
      },
      {
        table: 'bonds',
        id: '[1,"a \\"friend\\""]',
        action: 'update',
        changes: { before: { strength: 2 }, after: { strength: 3 } },
        transaction: 2,
      },
      {
        table: 'bonds',
        id: '[1,"rival"]',
        action: 'delete',
        changes: { before: { element_id: 1, kind: 'rival', strength: 1 } },
        transaction: 3,
      },
    ],
  },
  'timestamps to the microsecond': {
    given: [['measurements', [{ id: 1, taken_at: '2026-01-31T12:34:56.123456Z', amount: null }]]],
    run: async (orm) =>
      (await orm.load('measurements', { id: 1n })).save({ taken_at: '2026-01-31T12:34:56.123457Z' }),
    entries: [
      {
        table: 'measurements',
        id: '1',
        action: 'update',
        changes: {
          before: { taken_at: '2026-01-31T12:34:56.123456+00:00' },
          after: { taken_at: '2026-01-31T12:34:56.123457+00:00' },
        },
      },
    ],
  },
  'numerics at full precision': {
    given: [['measurements', [{ id: 1, amount: '12345678901234567890.12345678901234567890' }]]],
    run: async (orm) =>
      (await orm.load('measurements', { id: 1n })).save({
        amount: '12345678901234567890.12345678901234567891',
      }),
    entries: [
      {
        table: 'measurements',
        id: '1',
        action: 'update',
        changes: `{"before": {"amount": 12345678901234567890.12345678901234567890},
          "after": {"amount": 12345678901234567890.12345678901234567891}}`,
      },
    ],
  },
  'keys beyond 2^53': {
    run: (orm) => orm.insert('measurements', { id: 9007199254740993n }),
    entries: [
      {
        table: 'measurements',
        id: '9007199254740993',
        action: 'insert',
        changes: '{"after": {"id": 9007199254740993, "taken_at": null, "amount": null}}',
      },
    ],
  },
} as const satisfies Readonly<Record<string, Scenario>>
