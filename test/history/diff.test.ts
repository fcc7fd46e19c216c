import { expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { describeOnPostgresAndPglite } from '../support/database.ts'

describeOnPostgresAndPglite('the difference of two states', (db) => {
  const element = (id: number) => createBackstory(db().database).element('compared', id)

  test('is told path by path, between entries, times and now', async () => {
    await db().run('create table compared (id integer primary key, name text, doc jsonb)')
    await createBackstory(db().database).track('compared')
    await db().run(`insert into compared values (1, 'Ged', '{"hp": 10, "tags": ["a", "b"]}')`)
    await db().run(`update compared set doc = '{"hp": 12.50, "tags": ["b", "a"]}'`)
    await db().run(`update compared set name = 'Sparrowhawk'`)
    const { entries } = await element(1).entries({ order: 'oldest' })
    const [insert, update] = entries
    if (insert === undefined || update === undefined) throw new Error('Both entries are there.')
    const changes = await element(1).diff({ from: insert, to: update })
    expect(JSON.parse(JSON.stringify(changes))).toEqual([
      { kind: 'changed', path: '/doc/hp', before: 10, after: 12.5 },
      { kind: 'moved', path: '/doc/tags/1', from: '/doc/tags/0' },
    ])
    expect(await element(1).diff({ from: update })).toEqual([
      { kind: 'changed', path: '/name', before: 'Ged', after: 'Sparrowhawk' },
    ])
    expect(await element(1).diff({ from: update, to: new Date(Date.now() + 60_000) })).toHaveLength(1)
  })

  test('is the whole where there was nothing', async () => {
    await db().run('delete from compared')
    const { entries } = await element(1).entries({ order: 'oldest', limit: 1 })
    const [insert] = entries
    if (insert === undefined) throw new Error('The insert is there.')
    expect(await element(1).diff({ from: insert })).toMatchObject([
      { kind: 'changed', path: '', after: null },
    ])
  })
})
