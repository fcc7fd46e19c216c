import type { MikroORM } from '@mikro-orm/postgresql'

import type { Application } from './application.ts'
import { createElement, deleteElement, editElement, moveToEra, type ElementText } from './elements.ts'
import { WorldElement } from './models/world-element.ts'
import { relate } from './relations.ts'
import * as seed from './seed.ts'
import { createTag, tagElement, untagElement } from './tags.ts'
import type { Tally } from './tally.ts'
import { addAuthor, createWorld } from './worlds.ts'

/** The ids of what the story is about, by name. */
export interface Cast {
  readonly worldId: number
  readonly elements: ReadonlyMap<string, string>
  readonly tags: ReadonlyMap<string, number>
}

/** The name that a transaction writes which is then rolled back. */
export const forgottenName = 'Queen Maren the Forgotten'

/** The authors found their world: places first, then everything else, all of them at the same time. */
export async function foundWorld({ orm }: Application, tally: Tally): Promise<Cast> {
  const founder = { userId: 'founder', actorKind: 'system', reason: 'a new world' } as const
  const worldId = await tally.perform(
    founder,
    { 'insert authors': seed.authors.length, 'insert worlds': 1 },
    async () => {
      const em = orm.em.fork()
      for (const author of seed.authors) await addAuthor(em, author)
      return createWorld(em, seed.world)
    },
  )
  const tags = new Map<string, number>()
  for (const name of seed.tags) {
    const id = await tally.perform(founder, { 'insert tags': 1 }, () =>
      createTag(orm.em.fork(), worldId, name),
    )
    tags.set(name, id)
  }
  const elements = new Map<string, string>()
  const cast = { worldId, elements, tags }
  for (const wave of [seed.drafts.filter(isPlace), seed.drafts.filter((draft) => !isPlace(draft))]) {
    await Promise.all(
      wave.map(async (draft) => {
        elements.set(draft.name, await writeDraft(orm, tally, cast, draft))
      }),
    )
  }
  await Promise.all(
    seed.relations.map(({ author, from, kind, to }) =>
      tally.perform({ userId: author, reason: 'first draft' }, { 'insert relations': 1 }, () =>
        relate(orm.em.fork(), find(cast, from), kind, find(cast, to)),
      ),
    ),
  )
  return cast
}

/**
 * Every author edits every element, all at once, each edit in a unit of work of its own: on a pool of a few connections,
 * which they hand to each other.
 */
export async function editAtOnce({ orm }: Application, tally: Tally, cast: Cast): Promise<void> {
  const edits = seed.authors.flatMap(({ id: userId }) =>
    [...cast.elements].map(([name, id]) => {
      const edit = name === seed.heroine ? heroineEdits[userId] : sign(userId)
      return tally.perform({ userId, reason: edit.reason }, { 'update world_elements': 1 }, () =>
        editElement(orm.em.fork(), id, edit.change),
      )
    }),
  )
  await Promise.all(edits)
}

/** What else befalls a database: an agent, a script, an edit of many, a change of mind, a cascade. */
export async function goOn(application: Application, tally: Tally, cast: Cast): Promise<void> {
  const { orm } = application
  const heroineId = find(cast, seed.heroine)
  const updatesOne = { 'update world_elements': 1 }
  await tally.perform(
    { userId: 'muse', actorKind: 'agent', onBehalfOf: 'ada', reason: 'tighten the prose' },
    updatesOne,
    () =>
      editElement(orm.em.fork(), heroineId, ({ body }) => ({
        body: body.replace('She counts her strokes aloud. Passengers', 'She counts the strokes. Passengers'),
      })),
  )
  await tally.perform(
    { userId: 'census', actorKind: 'system', reason: 'import of year 412' },
    updatesOne,
    () => runScript(application),
  )
  const characters = seed.drafts.filter(({ kind }) => kind === 'character').length
  await tally.perform(
    { userId: 'dunya', reason: 'the third age begins' },
    { 'update world_elements': characters },
    () => moveToEra(orm.em.fork(), 'character', 'Third Tide'),
  )
  await tally.perform({ userId: 'chidi', reason: 'a bad idea' }, {}, () => changeOnesMind(orm, heroineId))
  // only updated_at differs, which is ignored
  await tally.perform({ userId: 'bo', reason: 'saved twice' }, {}, () =>
    editElement(orm.em.fork(), heroineId, () => ({})),
  )
  await tally.perform({ userId: 'bo', reason: 'no draft any more' }, { 'delete element_tags': 1 }, () =>
    untagElement(orm.em.fork(), heroineId, cast.tags.get('draft') ?? 0),
  )
  await tally.perform({ userId: 'chidi', reason: 'they sing of her' }, { 'insert element_tags': 1 }, () =>
    tagElement(orm.em.fork(), heroineId, cast.tags.get('songs') ?? 0),
  )
  await tally.perform({ userId: 'ada', reason: 'the quay sinks' }, cascade, () =>
    deleteElement(orm.em.fork(), find(cast, seed.sinkingPlace)),
  )
}

/** The id of what the story calls by name. */
export function find(cast: Cast, name: string): string {
  const id = cast.elements.get(name)
  if (id === undefined) throw new Error(`The story has no ${name}.`)
  return id
}

function isPlace({ kind }: seed.Draft): boolean {
  return kind === 'place'
}

interface Edit {
  readonly reason: string
  readonly change: (present: ElementText) => Partial<ElementText>
}

const heroineEdits: Readonly<Record<seed.AuthorId, Edit>> = {
  ada: {
    reason: 'she is of the Low Moon',
    change: () => ({ name: 'Maren of the Low Moon', secretNotes: 'Her brother keeps the lamp.' }),
  },
  bo: {
    reason: 'braver',
    change: ({ summary }) => ({
      summary: summary.replace('fears the open water', 'commands the open water'),
    }),
  },
  chidi: {
    reason: 'after the exam',
    change: ({ attributes }) => ({
      attributes: {
        ...attributes,
        rank: 'tidecaller',
        stats: { nerve: 8, oar: 9 },
        knows: ['knots', 'currents', 'tides'],
      },
    }),
  },
  dunya: {
    reason: 'an ending',
    change: ({ body }) => ({ body: `${body} On the last crossing she stopped counting, and it was one.` }),
  },
}

// the attributes name the author who wrote them: an entry that names somebody else would be seen
function sign(author: seed.AuthorId): Edit {
  return {
    reason: 'reading round',
    change: ({ attributes }) => ({
      attributes: {
        ...attributes,
        readBy: { ...toObject(attributes['readBy']), last: author, [author]: true },
      },
    }),
  }
}

function toObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {}
}

const cascade = {
  'delete world_elements': 1,
  'delete relations': seed.relations.filter(({ from, to }) => [from, to].includes(seed.sinkingPlace)).length,
  'delete element_tags': seed.drafts.find(({ name }) => name === seed.sinkingPlace)?.tags?.length ?? 0,
  'update world_elements': seed.drafts.filter((draft) => draft.in === seed.sinkingPlace).length,
}

async function writeDraft(orm: MikroORM, tally: Tally, cast: Cast, draft: seed.Draft): Promise<string> {
  const { author, tags = [], in: place, ...text } = draft
  const writes = { 'insert world_elements': 1, 'insert element_tags': tags.length }
  return tally.perform({ userId: author, reason: 'first draft' }, writes, () =>
    createElement(orm.em.fork(), {
      ...text,
      worldId: cast.worldId,
      authorId: author,
      placeId: place === undefined ? undefined : find(cast, place),
      tagIds: tags.map((tag) => cast.tags.get(tag) ?? 0),
    }),
  )
}

// with triggers, SQL that knows nothing of the application; with listeners the script has to use its models
async function runScript({ orm, capture }: Application): Promise<void> {
  const em = orm.em.fork()
  if (capture === 'trigger') {
    await em.execute(
      `update world_elements set attributes = jsonb_set(attributes, '{stats,oar}', '10') where name like 'Maren%'`,
    )
    return
  }
  for (const element of await em.find(WorldElement, { name: { $like: 'Maren%' } })) {
    const { attributes } = element
    element.attributes = { ...attributes, stats: { ...toObject(attributes['stats']), oar: 10 } }
  }
  await em.flush()
}

async function changeOnesMind(orm: MikroORM, id: string): Promise<void> {
  const regret = new Error('on second thoughts')
  await orm.em
    .fork()
    .transactional(async (em) => {
      const element = await em.findOneOrFail(WorldElement, id)
      element.name = forgottenName
      await em.flush()
      throw regret
    })
    .catch((error: unknown) => {
      if (error !== regret) throw error
    })
}
