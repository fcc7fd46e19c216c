import type { Attributes, ElementKind } from './models/world-element.ts'

/** The first draft of an element, by the names of things. */
export interface Draft {
  readonly author: AuthorId
  readonly kind: ElementKind
  readonly name: string
  /** The place that it is in. */
  readonly in?: string
  readonly summary: string
  readonly body?: string
  readonly attributes?: Attributes
  readonly secretNotes?: string
  readonly tags?: readonly string[]
}

/** Those who write the world. */
export type AuthorId = (typeof authors)[number]['id']

/** The authors of the demo's world. */
export const authors = [
  { id: 'ada', name: 'Ada' },
  { id: 'bo', name: 'Bo' },
  { id: 'chidi', name: 'Chidi' },
  { id: 'dunya', name: 'Dunya' },
] as const

/** The world that the demo writes. */
export const world = {
  name: 'Tidefall',
  premise: 'Two moons, no fixed land: every island moves with the tide that carries it.',
}

/** The vocabulary of tags. */
export const tags = ['low-moon', 'guild', 'draft', 'songs'] as const

/** The sentence that may stand in no entry: the notes that only authors see. */
export const secret = 'The second moon is a lantern, and somebody keeps it lit.'

/** The element whose history the demo tells, and the place that sinks under it. */
export const heroine = 'Maren Oake'
export const sinkingPlace = 'Lantern Quay'

/** The elements, places first: the others are in them. */
export const drafts: readonly Draft[] = [
  {
    author: 'ada',
    kind: 'place',
    name: sinkingPlace,
    summary: 'A harbour of moored islands, lit by nine hundred lamps of fish oil.',
    attributes: { mooring: { depth: 14, chains: 9 }, population: 4100 },
    tags: ['guild'],
  },
  {
    author: 'bo',
    kind: 'place',
    name: 'The Drowned Stair',
    summary: 'Three hundred steps that lead down into the sea and, at the lowest tide, out of it again.',
    attributes: { steps: 300, safe: false },
    tags: ['low-moon', 'draft'],
  },
  {
    author: 'dunya',
    kind: 'place',
    name: 'Hollowmere',
    summary: 'The only island that has never moved. Nobody lives there who can help it.',
    attributes: { population: 12 },
  },
  {
    author: 'ada',
    kind: 'character',
    name: heroine,
    in: sinkingPlace,
    summary: 'A ferrywoman who fears the open water and hides it well.',
    body:
      'Maren rows by night, because by night the water has no far side. ' +
      'She counts her strokes aloud. Passengers take it for a song.',
    attributes: { rank: 'ferrywoman', stats: { nerve: 3, oar: 9 }, knows: ['knots', 'currents'] },
    secretNotes: 'Her brother did not drown.',
    tags: ['guild', 'draft'],
  },
  {
    author: 'bo',
    kind: 'character',
    name: 'Ishvel the Lampwright',
    in: sinkingPlace,
    summary: 'She tends nine hundred lamps and has named every one.',
    attributes: { rank: 'lampwright', stats: { nerve: 7, oar: 2 } },
    secretNotes: secret,
    tags: ['songs'],
  },
  {
    author: 'chidi',
    kind: 'character',
    name: 'Old Tobben',
    in: 'Hollowmere',
    summary: 'A pilot who remembers where the islands used to be, and steers by that.',
    attributes: { rank: 'pilot', stats: { nerve: 8, oar: 6 }, age: 81 },
  },
  {
    author: 'dunya',
    kind: 'character',
    name: 'The Heron Magistrate',
    in: sinkingPlace,
    summary: 'Judges by standing very still until somebody confesses.',
    attributes: { rank: 'magistrate', stats: { nerve: 10, oar: 0 } },
  },
  {
    author: 'chidi',
    kind: 'faction',
    name: "The Ferrywrights' Guild",
    in: sinkingPlace,
    summary: 'Owns every oar on the water, and some of the water.',
    attributes: { members: 212, dues: { coin: 'brass', amount: 2 } },
    tags: ['guild'],
  },
  {
    author: 'dunya',
    kind: 'faction',
    name: 'The Order of the Low Moon',
    in: 'The Drowned Stair',
    summary: 'Monks who walk down the stair once a month and do not say what they count.',
    attributes: { members: 31 },
    tags: ['low-moon'],
  },
  {
    author: 'bo',
    kind: 'item',
    name: 'Wend, a brass sextant',
    summary: 'Measures the distance to where you meant to be.',
    attributes: { weight: 1.5, owner: 'Old Tobben' },
  },
  {
    author: 'chidi',
    kind: 'item',
    name: 'The Saltglass Bell',
    in: 'The Drowned Stair',
    summary: 'Rings an hour before the tide turns. It has been wrong once.',
    attributes: { weight: 40, cracked: true },
    tags: ['low-moon', 'songs'],
  },
  {
    author: 'ada',
    kind: 'event',
    name: 'The Night of Two Tides',
    in: sinkingPlace,
    summary: 'Both moons pulled at once and the harbour tore in half.',
    attributes: { year: 388, survivors: { counted: 1960, missing: null } },
    tags: ['low-moon'],
  },
  {
    author: 'dunya',
    kind: 'lore',
    name: 'On the naming of currents',
    summary: 'A current answers to the name of the last person who trusted it.',
    attributes: { verses: 14 },
    tags: ['songs', 'draft'],
  },
]

/** Who stands how to whom. */
export const relations: readonly {
  readonly author: AuthorId
  readonly from: string
  readonly kind: string
  readonly to: string
}[] = [
  { author: 'ada', from: heroine, kind: 'owes dues to', to: "The Ferrywrights' Guild" },
  { author: 'ada', from: heroine, kind: 'survived', to: 'The Night of Two Tides' },
  { author: 'bo', from: 'Ishvel the Lampwright', kind: 'lights', to: sinkingPlace },
  { author: 'chidi', from: 'Old Tobben', kind: 'taught', to: heroine },
  { author: 'chidi', from: "The Ferrywrights' Guild", kind: 'governs', to: sinkingPlace },
  { author: 'dunya', from: 'The Heron Magistrate', kind: 'distrusts', to: "The Ferrywrights' Guild" },
  { author: 'dunya', from: 'The Order of the Low Moon', kind: 'guards', to: 'The Saltglass Bell' },
  { author: 'bo', from: 'The Night of Two Tides', kind: 'broke', to: sinkingPlace },
]
