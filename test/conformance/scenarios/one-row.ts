import type { Scenario } from '../scenario.ts'
import { earthsea, ged, ogion, worldOfThree, worldWithGed } from './rows.ts'

/** Changes of one row at a time. */
export const oneRow = {
  'create, with a generated key and defaults': {
    given: [['worlds', [earthsea]]],
    run: (orm) => orm.insert('elements', { world_id: 1, name: 'Ged', attributes: ged.attributes }),
    entries: [
      {
        table: 'elements',
        id: '1',
        action: 'insert',
        changes: { after: { ...ged, aliases: [] } },
        scope: '1',
      },
    ],
  },
  'update of a scalar': {
    given: worldWithGed,
    run: async (orm) => (await orm.load('elements', { id: 1 })).save({ name: 'Sparrowhawk' }),
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
  'update inside of nested JSON': {
    given: worldWithGed,
    run: async (orm) =>
      (await orm.load('elements', { id: 1 })).save({
        attributes: { hp: 10, bag: { gold: 5, silver: 2 }, rank: 'archmage' },
      }),
    entries: [
      {
        table: 'elements',
        id: '1',
        action: 'update',
        changes: {
          before: { attributes: { bag: { gold: 1 } } },
          after: { attributes: { bag: { gold: 5 }, rank: 'archmage' } },
        },
        scope: '1',
      },
    ],
  },
  'update of an array': {
    given: worldWithGed,
    run: async (orm) => (await orm.load('elements', { id: 1 })).save({ aliases: ['Sparrowhawk', 'Duny'] }),
    entries: [
      {
        table: 'elements',
        id: '1',
        action: 'update',
        changes: { before: { aliases: ['Duny'] }, after: { aliases: ['Sparrowhawk', 'Duny'] } },
        scope: '1',
      },
    ],
  },
  'update to null and from null': {
    given: worldWithGed,
    run: async (orm) => {
      await (await orm.load('elements', { id: 1 })).save({ note: 'has a shadow' })
      await (await orm.load('elements', { id: 1 })).save({ note: null })
    },
    entries: [
      {
        table: 'elements',
        id: '1',
        action: 'update',
        changes: { before: { note: null }, after: { note: 'has a shadow' } },
        scope: '1',
      },
      {
        table: 'elements',
        id: '1',
        action: 'update',
        changes: { before: { note: 'has a shadow' }, after: { note: null } },
        scope: '1',
        transaction: 2,
      },
    ],
  },
  'update of a relation': {
    given: [
      ['worlds', [earthsea, { id: 2, name: 'The Dry Land' }]],
      ['elements', [ged]],
    ],
    run: async (orm) => (await orm.load('elements', { id: 1 })).save({ world_id: 2 }),
    entries: [
      {
        table: 'elements',
        id: '1',
        action: 'update',
        changes: { before: { world_id: 1 }, after: { world_id: 2 } },
        scope: '2',
      },
    ],
  },
  'update that changes nothing': {
    given: worldWithGed,
    run: async (orm) => {
      await (await orm.load('elements', { id: 1 })).save({ name: 'Ged', attributes: ged.attributes })
      await orm.updateWhere('elements', { id: 1 }, { hp: 10 })
    },
    entries: [],
  },
  'update of a copy that is out of date': {
    given: worldWithGed,
    run: async (orm, { unrecorded }) => {
      const copy = await orm.load('elements', { id: 1 })
      await unrecorded('update elements set hp = 11 where id = 1')
      await copy.save({ hp: 12 })
    },
    entries: [
      {
        table: 'elements',
        id: '1',
        action: 'update',
        changes: { before: { hp: 11 }, after: { hp: 12 } },
        scope: '1',
      },
    ],
  },
  delete: {
    given: worldOfThree,
    run: async (orm) => (await orm.load('elements', { id: 2 })).remove(),
    entries: [{ table: 'elements', id: '2', action: 'delete', changes: { before: ogion }, scope: '1' }],
  },
} as const satisfies Readonly<Record<string, Scenario>>
