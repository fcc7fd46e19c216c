import { beforeAll, describe, expect, test } from 'vitest'

import { actingAs, createBackstory, type Entry, type Sight } from '../../src/index.ts'
import { describeOnPostgresAndPglite } from '../support/database.ts'

const secret = 'the king is dead'
const oldSecret = 'the king sleeps'

describeOnPostgresAndPglite('a narrowed log', (db) => {
  const backstory = () => createBackstory(db().database)
  const narrowed = (sight: Sight) => backstory().narrowed(sight)
  const all = async (sight: Sight): Promise<Entry[]> => {
    const found: Entry[] = []
    for await (const entry of narrowed(sight).entries({ order: 'oldest', limit: 2 })) found.push(entry)
    return found
  }
  const as = async (userId: string, text: string) => {
    await db().session(async (session) => {
      await session.run('begin')
      await session.query('select backstory.set_context($1)', [JSON.stringify({ userId })])
      await session.run(text)
      await session.run('commit')
    })
  }

  beforeAll(async () => {
    await db().run(`
      create table people (id integer primary key, world text, name text, hush text, hp integer);
      create table places (id integer primary key, world text, name text)`)
    await backstory().track('people', { scope: 'world', label: 'name' })
    await backstory().track('places', { scope: 'world', label: 'name' })
    await as('ada', `insert into people values (1, 'earth', 'Ged', '${oldSecret}', 10)`)
    await as('ada', `insert into places values (1, 'moon', 'Crater')`)
    await db().run('alter table people rename column hush to plans')
    await as('bo', `update people set plans = '${secret}'`)
    await as('bo', `update people set plans = 'forgotten', hp = 11`)
    await as('ada', `update people set world = 'moon', name = 'Sparrowhawk'`)
    await as('ada', `delete from places`)
  })

  test('is whole without a sight', async () => {
    expect(await all({})).toHaveLength(6)
  })

  test('has only the tables, scopes and actors that are seen, in counts too', async () => {
    expect((await all({ elementTypes: ['places'] })).map(({ elementType }) => elementType)).toEqual([
      'places',
      'places',
    ])
    expect(await all({ scopes: ['earth'] })).toHaveLength(3)
    expect(await all({ scopes: [] })).toEqual([])
    expect(await all({ userIds: ['bo'] })).toHaveLength(2)
    expect(
      await narrowed({ scopes: ['earth'] })
        .entries()
        .count(),
    ).toEqual({ count: 3, exact: true })
    expect(await narrowed({ scopes: ['earth'] }).stats({ by: ['elementType'] })).toEqual([
      { elementType: 'people', count: 3 },
    ])
  })

  test('says how far it counted, and not what the statistics of the whole log make likely', async () => {
    await db().run('analyze audit_logs')
    const count = await narrowed({ scopes: ['earth'] })
      .entries()
      .count({ exactUpTo: 1 })
    expect(count).toEqual({ count: 2, exact: false })
  })

  test('holds a withheld column under every name that it had, and no entry of it alone', async () => {
    const seen = await all({ withhold: { people: ['plans'] } })
    expect(seen).toHaveLength(5)
    expect(JSON.stringify(seen)).not.toMatch(/king|plans|hush|forgotten/)
    expect(seen.map(({ changes }) => changes)).toContainEqual({ before: { hp: 10 }, after: { hp: 11 } })
  })

  test('cannot be searched for what is withheld', async () => {
    const { entries, stats } = narrowed({ withhold: { people: ['plans'] } })
    for (const filter of [
      { text: 'king' },
      { elementType: 'people', changed: 'plans', action: 'update' },
      { elementType: 'people', changed: '*', text: 'king' },
      { elementType: 'people', newValue: { plans: secret } },
      { elementType: 'people', oldValue: { hush: oldSecret } },
    ] as const) {
      expect(await entries(filter).count(), JSON.stringify(filter)).toEqual({ count: 0, exact: true })
    }
    expect(await entries({ not: { text: 'king' } }).count()).toEqual({ count: 5, exact: true })
    expect(await stats({ by: ['userId'] })).toEqual([
      { userId: 'ada', count: 4 },
      { userId: 'bo', count: 1 },
    ])
  })

  test('refuses to withhold what is no column, or a key: nothing would be hidden', async () => {
    await expect(all({ withhold: { people: ['plan'] } })).rejects.toThrow(/people\.plan cannot be withheld/)
    await expect(all({ withhold: { peoples: ['plans'] } })).rejects.toThrow(/cannot be withheld/)
    await expect(all({ withhold: { people: ['id'] } })).rejects.toThrow(/identifies/)
    // @ts-expect-error -- misspelt
    expect(() => narrowed({ withold: { people: ['plans'] } })).toThrow(/withold/)
  })

  test('shows no scope where the column of it is withheld', async () => {
    const seen = await all({ withhold: { people: ['world'] }, elementTypes: ['people'] })
    expect(JSON.stringify(seen)).not.toMatch(/earth|moon/)
    expect(await narrowed({ withhold: { people: ['world'] } }).stats({ by: ['scope'] })).toEqual([
      { scope: null, count: 4 },
      { scope: 'moon', count: 2 },
    ])
  })

  test('shows states, differences and blame without what is withheld', async () => {
    const ged = narrowed({ withhold: { people: ['plans'] } }).element('people', 1)
    const [first] = await all({ elementTypes: ['people'] })
    const compared = await ged.compare(first ?? '')
    expect(compared.before).toEqual({ id: 1, world: 'earth', name: 'Ged', hp: 10 })
    expect(JSON.stringify([compared, await ged.blame()])).not.toMatch(/king|plans|hush|forgotten/)
    expect((await ged.blame()).map(({ path }) => path)).toEqual(['/hp', '/id', '/name', '/world'])
  })

  test('has no state where the element was out of sight, as if it did not exist', async () => {
    const entries = await all({ elementTypes: ['people'] })
    const onEarth = narrowed({ scopes: ['earth'] }).element('people', 1)
    expect(await onEarth.at(entries[0])).toMatchObject({ name: 'Ged' })
    expect(await onEarth.at()).toBeNull()
    const onMars = narrowed({ scopes: ['mars'] })
    expect(await onMars.element('people', 1).at(entries[0]).catch(String)).toEqual(
      await onMars
        .element('people', 2)
        .at(entries[0])
        .catch((error: unknown) => String(error).replace('people 2', 'people 1')),
    )
    expect(await onMars.element('people', 1).at()).toBeNull()
    const message = async (type: string): Promise<string> =>
      narrowed({ elementTypes: ['places'] })
        .element(type, 1)
        .at()
        .then(JSON.stringify, String)
    expect(await message('people')).toEqual((await message('nothing')).replace('nothing', 'people'))
  })

  test('blames nobody for what somebody did out of sight', async () => {
    const leaves = await narrowed({ scopes: ['moon'] })
      .element('people', 1)
      .blame()
    expect(leaves.find(({ path }) => path === '/name')?.entry).toMatchObject({ userId: 'ada' })
    expect(leaves.find(({ path }) => path === '/hp')?.entry).toBeNull()
  })

  test('has no states for whoever sees some actors alone', async () => {
    const { element, undo } = narrowed({ userIds: ['bo'] })
    await expect(element('people', 1).at()).rejects.toMatchObject({ code: 'not_permitted' })
    await expect(undo({ transactionId: '1' })).rejects.toMatchObject({ code: 'not_permitted' })
  })

  test('knows what is gone, and no name that is withheld', async () => {
    const { entries: gone } = await backstory().entries({ gone: true })
    expect(gone.map(({ elementType }) => elementType)).toEqual(['places'])
    const found = await all({})
    const labels = await backstory().narrowed().labels(found)
    expect(found.map(({ id }) => labels.get(id))).toEqual([
      'Ged',
      'Crater',
      'Ged',
      'Ged',
      'Sparrowhawk',
      'Crater',
    ])
    expect((await narrowed({ withhold: { people: ['name'] } }).labels(found)).size).toBe(2)
  })

  describe('that is written through', () => {
    test('leaves withheld columns as they are, and tells nothing of them', async () => {
      await as('ada', `insert into people values (7, 'earth', 'Ogion', '${oldSecret}', 1)`)
      await as('bo', `update people set plans = '${secret}', hp = 2 where id = 7`)
      const { element, undo, previewUndo, entries } = narrowed({ withhold: { people: ['plans'] } })
      const [update, insert] = (await entries({ elementType: 'people', elementId: 7 })).entries
      if (update === undefined || insert === undefined) throw new Error('two entries')
      await as('eve', `update people set plans = 'another' where id = 7`)
      const preview = await previewUndo({ entry: update })
      expect(preview.conflicts).toEqual([])
      expect(JSON.stringify(preview)).not.toMatch(/king|plans|hush|another/)
      await actingAs({ userId: 'ada' }, () => element('people', 7).restore({ to: insert }))
      expect(await db().query('select hp, plans from people where id = 7')).toEqual([
        { hp: 1, plans: 'another' },
      ])
      await expect(undo({ entry: insert })).rejects.toMatchObject({ code: 'not_permitted' })
    })

    test('writes nothing out of sight', async () => {
      const [entry] = (await narrowed({ scopes: ['earth'] }).entries({ elementType: 'people', elementId: 1 }))
        .entries
      await expect(narrowed({ scopes: ['earth'] }).undo({ entry: entry ?? '' })).rejects.toMatchObject({
        code: 'not_permitted',
      })
      await expect(narrowed({ scopes: ['mars'] }).undo({ entry: entry ?? '' })).rejects.toThrow(
        /There is no entry/,
      )
    })

    test('restores some columns', async () => {
      const ged = backstory().narrowed().element('people', 7)
      const [insert] = (await backstory().entries({ elementType: 'people', elementId: 7, order: 'oldest' }))
        .entries
      await as('bo', `update people set name = 'Dragon', hp = 3 where id = 7`)
      const to = insert ?? ''
      await expect(ged.restore({ to, columns: ['nme'] })).rejects.toMatchObject({ code: 'unknown_column' })
      await ged.restore({ to, columns: ['name'] })
      expect(await db().query('select name, hp from people where id = 7')).toEqual([{ name: 'Ogion', hp: 3 }])
    })

    test('does it only if what would be written is what was agreed to', async () => {
      const [insert] = (await backstory().entries({ elementType: 'people', elementId: 7, order: 'oldest' }))
        .entries
      const restoring = backstory()
        .element('people', 7)
        .restore({ to: insert ?? '', onlyIf: () => false })
      await expect(restoring).rejects.toMatchObject({ code: 'plan_changed' })
    })
  })

  test('has the named versions of entries that are seen', async () => {
    const ada = backstory().narrowed()
    const [first] = (await ada.entries({ elementType: 'people', elementId: 1, order: 'oldest' })).entries
    if (first === undefined) throw new Error('an entry')
    const named = await actingAs({ userId: 'ada' }, () =>
      ada.element('people', 1).nameVersion(first, 'draft'),
    )
    expect(named).toMatchObject({ entryId: first.id, name: 'draft', userId: 'ada' })
    await expect(ada.element('people', 1).nameVersion(first, 'draft')).rejects.toMatchObject({
      code: 'version_exists',
    })
    expect(await ada.element('people', 1).versions()).toEqual([named])
    expect(
      await narrowed({ scopes: ['moon'] })
        .element('people', 1)
        .versions(),
    ).toEqual([])
    expect(await narrowed({ scopes: ['moon'] }).forgetVersion(named.id)).toBe(false)
    expect(await ada.forgetVersion(named.id)).toBe(true)
  })

  test('is followed as it is seen', async () => {
    const ended = new AbortController()
    const watch = narrowed({ withhold: { people: ['plans'] } }).watch({
      from: 'beginning',
      signal: ended.signal,
      limit: 2,
    })
    const seen: Entry[] = []
    for await (const entry of watch) {
      seen.push(entry)
      if (seen.length === 5) ended.abort()
    }
    expect(JSON.stringify(seen)).not.toMatch(/king|plans|hush|forgotten/)
  })

  test('says who takes entries out of it, to those who see all of it', async () => {
    await actingAs({ userId: 'eve' }, () => backstory().narrowed().recordExport({ format: 'csv' }))
    const [entry] = (await backstory().entries({ elementType: 'audit_logs' })).entries
    expect(entry).toMatchObject({ userId: 'eve', action: 'read', context: { export: { format: 'csv' } } })
    expect(
      await narrowed({ withhold: { people: ['plans'] } })
        .entries({ elementType: 'audit_logs' })
        .count(),
    ).toEqual({
      count: 0,
      exact: true,
    })
  })

  test('hides which hidden entries an undo took back', async () => {
    await as('bo', `update people set plans = 'x' where id = 7`)
    const [hidden] = (await backstory().entries({ elementType: 'people', elementId: 7 })).entries
    if (hidden === undefined) throw new Error('an entry')
    await actingAs({ undoes: [hidden.id, 'garbage'] }, () => backstory().undo({ entry: hidden }))
    const [undone] = (await backstory().entries({ elementType: 'people', elementId: 7 })).entries
    expect(undone?.context).toMatchObject({ undoes: [hidden.id] })
    const seen = await all({ withhold: { people: ['plans'] }, elementTypes: ['people'] })
    expect(JSON.stringify(seen.map(({ context }) => context))).not.toContain(`"${hidden.id}"`)
  })

  test('has only the elements that are seen, by any name of their table', async () => {
    await db().run('create table old_things (id integer primary key, name text)')
    await backstory().track('old_things')
    await as('ada', `insert into old_things values (1, 'a'), (2, 'b')`)
    await db().run('alter table old_things rename to things')
    await as('ada', `update things set name = name || '!'`)
    for (const elementType of ['old_things', 'things']) {
      const seen = narrowed({ elements: [{ elementType, elementId: '2' }] })
      const { entries } = await seen.entries()
      expect(entries.map(({ elementId }) => elementId)).toEqual(['2', '2'])
      expect(await seen.element('things', 2).at()).toEqual({ id: 2, name: 'b!' })
      expect(await seen.element('things', 1).at()).toBeNull()
      expect(await seen.element('people', 1).at().catch(Object)).toMatchObject({ code: 'not_tracked' })
      expect((await seen.tracked()).map((table) => table.elementType)).toEqual(['things'])
      const [other] = (await backstory().entries({ elementType: 'things', elementId: '1' })).entries
      await expect(seen.undo({ entry: other ?? '' })).rejects.toMatchObject({ code: 'entry_not_found' })
    }
    expect(await all({ elements: [] })).toEqual([])
    const two = [{ elementType: 'things', elementId: '2' }]
    expect(await all({ elements: two, elementTypes: ['people'] })).toEqual([])
  })
})
