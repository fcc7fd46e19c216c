import type { Scenario } from '../scenario.ts'
import { earthsea, ged, ogion, tenar, worldOfThree, worldWithGed } from './rows.ts'

const blank = { hp: 10, attributes: {}, aliases: [], note: null } as const

/** Changes of many rows by one statement, and of rows that nobody names. */
export const manyRows = {
  'cascade of a foreign key': {
    given: worldOfThree,
    run: async (orm) => (await orm.load('worlds', { id: 1 })).remove(),
    entries: [
      { table: 'worlds', id: '1', action: 'delete', changes: { before: earthsea } },
      ...[ged, ogion, tenar].map((row) => ({
        table: 'elements' as const,
        id: String(row.id),
        action: 'delete' as const,
        changes: { before: row },
        scope: '1',
      })),
    ],
  },
  'insert of many': {
    given: [['worlds', [earthsea]]],
    run: (orm) =>
      orm.insertMany('elements', [
        { world_id: 1, name: 'Ged' },
        { world_id: 1, name: 'Ogion' },
      ]),
    entries: [
      {
        table: 'elements',
        id: '1',
        action: 'insert',
        changes: { after: { id: 1, world_id: 1, name: 'Ged', ...blank } },
        scope: '1',
      },
      {
        table: 'elements',
        id: '2',
        action: 'insert',
        changes: { after: { id: 2, world_id: 1, name: 'Ogion', ...blank } },
        scope: '1',
      },
    ],
  },
  'update of many': {
    given: worldOfThree,
    run: (orm) => orm.updateWhere('elements', { world_id: 1 }, { hp: 20 }),
    entries: ['1', '2', '3'].map((id) => ({
      table: 'elements',
      id,
      action: 'update',
      changes: { before: { hp: 10 }, after: { hp: 20 } },
      scope: '1',
    })),
  },
  'update of many by an expression': {
    given: worldOfThree,
    run: (orm) => orm.increment('elements', { world_id: 1 }, 'hp', 5),
    entries: ['1', '2', '3'].map((id) => ({
      table: 'elements',
      id,
      action: 'update',
      changes: { before: { hp: 10 }, after: { hp: 15 } },
      scope: '1',
    })),
  },
  'delete of many': {
    given: worldOfThree,
    run: (orm) => orm.deleteWhere('elements', { hp: 10 }),
    entries: [ged, ogion, tenar].map((row) => ({
      table: 'elements',
      id: String(row.id),
      action: 'delete',
      changes: { before: row },
      scope: '1',
    })),
  },
  'upsert that inserts': {
    run: (orm) => orm.upsert('bonds', { element_id: 1, kind: 'rival', strength: 3 }),
    entries: [
      {
        table: 'bonds',
        id: '[1,"rival"]',
        action: 'insert',
        changes: { after: { element_id: 1, kind: 'rival', strength: 3 } },
      },
    ],
  },
  'upsert that updates': {
    given: [['bonds', [{ element_id: 1, kind: 'rival', strength: 2 }]]],
    run: (orm) => orm.upsert('bonds', { element_id: 1, kind: 'rival', strength: 3 }),
    entries: [
      {
        table: 'bonds',
        id: '[1,"rival"]',
        action: 'update',
        changes: { before: { strength: 2 }, after: { strength: 3 } },
      },
    ],
  },
  'link and unlink of many to many': {
    given: [
      ...worldWithGed,
      [
        'tags',
        [
          { id: 1, name: 'wizard' },
          { id: 2, name: 'dead' },
        ],
      ],
      ['element_tags', [{ element_id: 1, tag_id: 2 }]],
    ],
    run: async (orm) => {
      await orm.link(1, 1)
      await orm.unlink(1, 2)
    },
    entries: [
      {
        table: 'element_tags',
        id: '[1,1]',
        action: 'insert',
        changes: { after: { element_id: 1, tag_id: 1 } },
      },
      {
        table: 'element_tags',
        id: '[1,2]',
        action: 'delete',
        changes: { before: { element_id: 1, tag_id: 2 } },
        transaction: 2,
      },
    ],
  },
  'raw SQL': {
    given: worldWithGed,
    run: async (orm) => {
      await orm.raw(`update elements set name = 'Sparrowhawk' where id = 1`)
    },
    entries: [
      {
        table: 'elements',
        id: '1',
        action: 'update',
        changes: { before: { name: 'Ged' }, after: { name: 'Sparrowhawk' } },
        scope: '1',
      },
    ],
  },
} as const satisfies Readonly<Record<string, Scenario>>
