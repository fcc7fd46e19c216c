import { expect, test } from 'vitest'

import { describeOnEveryDatabase } from '../support/database.ts'
import { readLog } from '../support/log.ts'

describeOnEveryDatabase('large rows', (db) => {
  test('a row of 5 MB is recorded whole when it comes and goes', async () => {
    await db().run(`
      create table tomes (id integer primary key, body text, extra jsonb);
      select backstory.track('tomes');
      insert into tomes
      select 1, string_agg(md5(i::text), ''), '{"k": 1}' from generate_series(1, 160000) as i;
      update tomes set body = body || '!';
      delete from tomes`)
    const rows = await db().query(`
      select
        action::text,
        length(changes -> 'before' ->> 'body') as before,
        length(changes -> 'after' ->> 'body') as after,
        md5(changes -> 'after' ->> 'body') = (select md5(string_agg(md5(i::text), '')) from generate_series(1, 160000) as i) as same
      from audit_logs where element_type = 'tomes' order by id`)
    expect(rows).toEqual([
      { action: 'insert', before: null, after: 5_120_000, same: true },
      { action: 'update', before: 5_120_000, after: 5_120_001, same: false },
      { action: 'delete', before: 5_120_001, after: null, same: null },
    ])
  })

  test('a text of 1 MB that an update does not touch is neither recorded nor lost', async () => {
    await db().run(`
      create table scrolls (id integer primary key, body text, doc jsonb, n integer);
      select backstory.track('scrolls');
      insert into scrolls
      select 1, string_agg(md5(i::text), ''), jsonb_build_object('k', string_agg(md5(i::text), '')), 0
      from generate_series(1, 32768) as i;
      update scrolls set n = 1`)
    expect((await readLog(db(), 'scrolls')).at(-1)).toEqual({
      action: 'update',
      elementId: '1',
      changes: { before: { n: 0 }, after: { n: 1 } },
    })
    const [state] = await db().query(`
      select (r = populated)::text as same
      from scrolls r, jsonb_populate_record(null::scrolls, backstory.state_after('scrolls', '1', (select max(id) from audit_logs))) as populated`)
    expect(state?.['same']).toBe('true')
  })

  test('of a large document only the key that changed is recorded', async () => {
    await db().run(`
      create table atlases (id integer primary key, doc jsonb);
      select backstory.track('atlases');
      insert into atlases
      select 1, jsonb_build_object('n', 1, 'rest', jsonb_object_agg('key ' || i, md5(i::text)))
      from generate_series(1, 20000) as i;
      update atlases set doc = jsonb_set(doc, '{rest,key 7}', '"x"')`)
    const [update] = (await readLog(db(), 'atlases')).slice(1)
    expect(update?.changes).toEqual({
      before: { doc: { rest: { 'key 7': '8f14e45fceea167a5a36dedd4bea2543' } } },
      after: { doc: { rest: { 'key 7': 'x' } } },
    })
  })

  test('a table of 300 columns: each is recorded, and a change of one is a change of one', async () => {
    const columns = Array.from({ length: 300 }, (_, index) => `c${index}`)
    await db().run(`
      create table broad (id integer primary key, ${columns.map((name, index) => `${name} ${index % 3 === 0 ? 'numeric' : 'text'}`).join(', ')});
      select backstory.track('broad');
      insert into broad values (1, ${columns.map((_, index) => `'${index}'`).join(', ')});
      update broad set c299 = 'x';
      update broad set ${columns.map((name) => `${name} = '7'`).join(', ')}`)
    const [insert, one, all] = (await readLog(db(), 'broad')).map(({ changes }) => changes)
    expect(insert).toEqual({
      after: {
        id: 1,
        ...Object.fromEntries(columns.map((name, index) => [name, index % 3 === 0 ? index : String(index)])),
      },
    })
    expect(one).toEqual({ before: { c299: '299' }, after: { c299: 'x' } })
    const seven = (name: string, index: number) => [name, index % 3 === 0 ? 7 : '7'] as const
    expect(all).toMatchObject({
      before: { c0: 0, c1: '1', c299: 'x' },
      // c7 was '7' before
      after: Object.fromEntries(columns.map(seven).filter(([name]) => name !== 'c7')),
    })
    expect(all).not.toHaveProperty('after.c7')
  })
})
