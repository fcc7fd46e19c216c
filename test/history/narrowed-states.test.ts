import { beforeAll, expect, expectTypeOf, test, vi } from 'vitest'

import {
  createBackstory,
  type ElementState,
  type Entry,
  type Sight,
  type StateQuery,
  type UnknownState,
} from '../../src/index.ts'
import { describeOnPostgresAndPglite } from '../support/database.ts'

const secret = 'the king is dead'

describeOnPostgresAndPglite('the states of a type and of a scope, as somebody sees them', (db) => {
  const backstory = () => createBackstory(db().database)
  const narrowed = (sight: Sight) => backstory().narrowed(sight)
  let early: Entry
  let late: Entry

  beforeAll(async () => {
    await db().run(`
      create table people (id integer primary key, world text, name text, hush text, friend integer references people);
      create table notes (id integer primary key, about integer references people, body text);
      create table replies (id integer primary key, note integer references notes, body text);
      create table bare (id integer primary key, name text);`)
    await backstory().track('people', { scope: 'world' })
    for (const table of ['notes', 'replies', 'bare']) await backstory().track(table)
    await db().run(`
      insert into people values (1, 'earth', 'Ged', '${secret}'), (2, 'moon', 'Crater', '${secret}'), (3, null, 'Nobody', null);
      insert into notes values (1, 1, '${secret}'), (2, 2, 'dust');
      insert into replies values (1, 1, 'indeed');
      insert into bare values (1, 'plain')`)
    early = await lastEntry()
    await db().run(`
      alter table people rename column hush to plans; select backstory.follow();
      update people set world = 'moon', plans = '${secret}!' where id = 1`)
    late = await lastEntry()
  })

  async function lastEntry(): Promise<Entry> {
    const [entry] = (await backstory().entries({ limit: 1 })).entries
    if (entry === undefined) throw new Error('The log is not empty.')
    return entry
  }

  const names = (states: readonly (ElementState | UnknownState)[]) =>
    states.map(({ elementType, elementId }) => `${elementType} ${elementId}`).toSorted()

  test('are all of them without a sight', async () => {
    expect(names(await backstory().narrowed().type('people').at(early))).toEqual(
      names(await backstory().type('people').at(early)),
    )
    expect(names(await backstory().narrowed().scope('earth').at(early))).toEqual([
      'notes 1',
      'people 1',
      'replies 1',
    ])
  })

  test('hold no withheld column, under whatever name it was', async () => {
    const { type, scope } = narrowed({ withhold: { people: ['plans'], notes: ['body'] } })
    for (const moment of [early, late, new Date()]) {
      const states = [
        ...(await type('people').at(moment)),
        ...(await type('people').at(moment, { elementIds: [1, 2, 3] })),
        ...(await type('notes').at(moment)),
        ...(await scope('earth').at(moment)),
        ...(await scope('moon').at(moment)),
      ]
      expect(states.length).toBeGreaterThan(8)
      expect(JSON.stringify(states)).not.toMatch(/king|plans|hush|dust/)
    }
    expect(await type('people').at(early, { elementIds: [1] })).toEqual([
      {
        elementType: 'people',
        elementId: '1',
        isKnown: true,
        state: { id: 1, world: 'earth', name: 'Ged', friend: null },
      },
    ])
  })

  test('are those that belonged then to what is seen', async () => {
    const earth = narrowed({ scopes: ['earth'] })
    expect(names(await earth.type('people').at(early))).toEqual(['people 1'])
    expect(names(await earth.type('people').at(late))).toEqual([])
    expect(names(await earth.type('people').at(early, { elementIds: [1, 2, 3] }))).toEqual(['people 1'])
    expect(names(await earth.type('people').at(early, { scope: ['earth', 'moon'] }))).toEqual(['people 1'])
    expect(names(await earth.type('people').at(early, { scope: 'moon' }))).toEqual([])
    expect(names(await earth.type('bare').at(early))).toEqual([])
    expect(
      names(
        await narrowed({ scopes: [null] })
          .type('people')
          .at(early),
      ),
    ).toEqual(['people 3'])
    expect(
      names(
        await narrowed({ scopes: [null] })
          .type('bare')
          .at(early),
      ),
    ).toEqual(['bare 1'])
    expect(names(await earth.scope('earth').at(early))).toEqual(['people 1'])
    expect(names(await earth.scope('moon').at(early))).toEqual([])
    expect(
      names(
        await narrowed({ scopes: ['earth', null] })
          .scope('earth')
          .at(early),
      ),
    ).toEqual(['notes 1', 'people 1', 'replies 1'])
  })

  test('are of tables that are seen, and reached through those alone', async () => {
    const { type, scope } = narrowed({ elementTypes: ['people', 'replies'] })
    expect(names(await scope('earth').at(early))).toEqual(['people 1'])
    const message = async (table: string) => type(table).at(early).then(JSON.stringify, String)
    expect(await message('notes')).toBe((await message('nothing')).replace('nothing', 'notes'))
    // nor by a reference that is not seen
    const unpointed = narrowed({ withhold: { notes: ['about'] } })
    expect(names(await unpointed.scope('earth').at(early))).toEqual(['people 1'])
  })

  test('cannot be asked for by a scope that is withheld', async () => {
    const { type, scope } = narrowed({ withhold: { people: ['world'] } })
    expect(names(await scope('earth').at(early))).toEqual([])
    expect(names(await type('people').at(early, { scope: 'earth' }))).toEqual([])
    expect(names(await type('people').at(early, { scope: null }))).toEqual([
      'people 1',
      'people 2',
      'people 3',
    ])
    expect(JSON.stringify(await type('people').at(early))).not.toMatch(/earth|moon/)
    // who sees some scopes alone sees what is in them, and not that it is
    const both = narrowed({ scopes: ['earth'], withhold: { people: ['world'] } })
    expect(names(await both.type('people').at(early))).toEqual(['people 1'])
  })

  test('are of single elements where only those are seen', async () => {
    const { type, scope } = narrowed({ elements: [{ elementType: 'people', elementId: '2' }] })
    expect(names(await type('people').at(early))).toEqual(['people 2'])
    expect(names(await type('people').at(early, { elementIds: [1, 2] }))).toEqual(['people 2'])
    expect(names(await scope('moon').at(early))).toEqual(['people 2'])
    expect(names(await scope('earth').at(early))).toEqual([])
  })

  test('are of single elements in the same order, from any place on', async () => {
    const all = ['3', '1', '2'].map((elementId) => ({ elementType: 'people', elementId }))
    for (const moment of [early, late, new Date()]) {
      const ways = [
        (sight: Sight | undefined, after?: ElementState | null) =>
          backstory()
            .narrowed(sight)
            .type('people')
            .at(moment, after === undefined ? {} : { after }),
        (sight: Sight | undefined, after?: ElementState | null) =>
          backstory()
            .narrowed(sight)
            .type('people')
            .at(moment, { scope: ['moon', null], ...(after === undefined ? {} : { after }) }),
      ]
      for (const at of ways) {
        const whole = await at(undefined, null)
        expect(await at({ elements: all }, null)).toEqual(whole)
        expect(names(await at({ elements: all }))).toEqual(names(whole))
        for (const [place, after] of whole.entries()) {
          expect(await at({ elements: all }, after)).toEqual(whole.slice(place + 1))
        }
      }
    }
    const { scope, type } = narrowed({ elements: all })
    expect(names(await scope('moon').at(late))).toEqual(['people 1', 'people 2'])
    expect(names(await scope('moon').at(late, { after: null }))).toEqual(['people 1', 'people 2'])
    const bare = narrowed({ elements: [{ elementType: 'bare', elementId: '1' }] })
    await expect((async () => bare.type('bare').at(early, { scope: 'moon' }))()).rejects.toThrow('no scope')
    await expect((async () => type('bare').at(early))()).rejects.toMatchObject({ code: 'not_tracked' })
  })

  test('are closed to whoever sees some actors alone', async () => {
    const { type, scope } = narrowed({ userIds: ['bo'] })
    await expect((async () => type('people').at(early))()).rejects.toMatchObject({ code: 'not_permitted' })
    await expect((async () => scope('earth').at(early))()).rejects.toMatchObject({ code: 'not_permitted' })
  })

  test('name no element of which it is not known whether it was seen', async () => {
    await db().run(
      `create table lost (id integer primary key, world text); insert into lost values (41, 'moon')`,
    )
    await backstory().track('lost', { scope: 'world' })
    const tracked = await backstory().entries({ limit: 1 })
    await db().run(`update lost set world = 'mars' where id = 41`)
    const moment = await lastEntry()
    expect(tracked.entries).toHaveLength(1)
    await backstory().untrack('lost')
    await backstory().track('lost', { scope: 'world' })
    const { type, scope } = narrowed({ scopes: ['earth'] })
    const marked = await type('lost').at(moment, { unknown: 'mark' })
    expect(marked).toEqual([{ elementType: 'lost', elementId: null, isKnown: false, state: null }])
    expect(await type('lost').at(moment, { unknown: 'mark', elementIds: [41] })).toEqual([])
    await expect((async () => type('lost').at(moment))()).rejects.toThrow(/^(?!.*41)/)
    expect(JSON.stringify(await scope('earth').at(moment, { unknown: 'mark' }))).not.toContain('41')
    // who sees all of them, reads which it is
    const all = await narrowed({ withhold: { people: ['plans'] } })
      .type('lost')
      .at(moment, { unknown: 'mark' })
    expect(names(all)).toContain('lost 41')
  })

  test('tell by as many questions as of one whether any of many unknown elements was seen', async () => {
    await db().run(`
      create table strays (id integer primary key, world text);
      insert into strays select n, case when n % 2 = 0 then 'moon' else 'earth' end from generate_series(1, 9) as n`)
    await backstory().track('strays', { scope: 'world' })
    await db().run(`update strays set world = world || '!' where id < 8`)
    const moment = await lastEntry()
    await backstory().untrack('strays')
    await backstory().track('strays', { scope: 'world' })
    const ask = async (elementIds: readonly number[]) => {
      const asked = vi.spyOn(db().database, 'query')
      const states = await narrowed({ scopes: ['moon!'] })
        .type('strays')
        .at(moment, { unknown: 'mark', elementIds })
      const { length } = asked.mock.calls
      asked.mockRestore()
      return { ids: states.map(({ elementId }) => elementId), questions: length }
    }
    const one = await ask([2])
    expect(one.ids).toEqual([null])
    expect(await ask([9, 8, 7, 6, 5, 4, 3, 2, 1])).toEqual(one)
    expect(await ask([9, 8, 7, 5, 3, 1])).toEqual({ ...one, ids: [] })
  })

  test('have types that know about the unknown only where it is asked for', () => {
    const { type, scope } = narrowed({ scopes: ['earth'] })
    expectTypeOf(type('people').at(early)).toEqualTypeOf<StateQuery<ElementState>>()
    expectTypeOf(scope('earth').at(early, { unknown: 'mark' })).toEqualTypeOf<
      StateQuery<ElementState | UnknownState>
    >()
    // @ts-expect-error no such option
    expect(() => type('people').at(early, { user: 'ada' })).toThrow('knows no option "user"')
  })
})
