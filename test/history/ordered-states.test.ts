import { expect, test } from 'vitest'

import { createBackstory, type ElementState } from '../../src/index.ts'
import { describeOnPostgresAndPglite } from '../support/database.ts'

describeOnPostgresAndPglite('states that are asked for in order', (db) => {
  const backstory = () => createBackstory(db().database)

  test('come in order from any place on, those that cannot be known first', async () => {
    await db().run(
      `create table ordered (id text primary key, n integer); insert into ordered values ('b', 1), ('a', 2)`,
    )
    await backstory().track('ordered')
    await db().run(`insert into ordered values ('ä', 1), ('', 1), ('B', 1); update ordered set n = 3`)
    const { entries } = await backstory().entries({ elementType: 'ordered', limit: 1 })
    const moment = entries[0]
    if (moment === undefined) throw new Error('an entry')
    const { at } = backstory().type('ordered')
    const all = await at(moment, { after: null })
    expect(all.map(({ elementId }) => elementId)).toEqual(['', 'B', 'a', 'b', 'ä'])
    for (const [place, after] of all.entries()) {
      expect(await at(moment, { after })).toEqual(all.slice(place + 1))
    }
    await db().run(`update ordered set n = 4 where id in ('a', 'b')`)
    await backstory().untrack('ordered')
    await backstory().track('ordered')
    const marked = await at(moment, { after: null, unknown: 'mark' })
    expect(marked.map(({ elementId, isKnown }) => [elementId, isKnown])).toEqual([
      [null, false],
      ...['a', 'b'].map((id) => [id, false]),
      ...['', 'B', 'ä'].map((id) => [id, true]),
    ])
    for (const [place, after] of marked.entries()) {
      expect(await at(moment, { after, unknown: 'mark' })).toEqual(marked.slice(place + 1))
    }
    expect(() => at(moment, { after: null, elementIds: ['a'] })).toThrow('not both')
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- that is what is tested
    expect(() => at(moment, { after: {} as ElementState })).toThrow('a state that at() answered')
  })
})
