import type { Columns } from '../tables.ts'

/** The world that most scenarios need. */
export const earthsea = { id: 1, name: 'Earthsea' } as const

/** The element that most scenarios need, whole. */
export const ged = {
  id: 1,
  world_id: 1,
  name: 'Ged',
  hp: 10,
  attributes: { hp: 10, bag: { gold: 1, silver: 2 } },
  aliases: ['Duny'],
  note: null,
} as const satisfies Columns

/** Three more. */
export const ogion = { ...ged, id: 2, name: 'Ogion', attributes: {}, aliases: [] } as const satisfies Columns
export const tenar = { ...ogion, id: 3, name: 'Tenar' } as const satisfies Columns

/** The rows of most scenarios. */
export const worldWithGed = [
  ['worlds', [earthsea]],
  ['elements', [ged]],
] as const

/** The same with three elements. */
export const worldOfThree = [
  ['worlds', [earthsea]],
  ['elements', [ged, ogion, tenar]],
] as const
