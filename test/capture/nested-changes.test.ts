import { describe, expect, test } from 'vitest'

import { describeOnEveryDatabase, openPostgres } from '../support/database.ts'
import { readEntries, readLog } from '../support/log.ts'

describeOnEveryDatabase('changes inside of jsonb columns', (db) => {
  const cases: readonly (readonly [
    what: string,
    before: string,
    after: string,
    gone: string,
    come: string,
  ])[] = [
    ['a changed key', '{"a": 1, "b": 2}', '{"a": 1, "b": 3}', '{"b": 2}', '{"b": 3}'],
    ['an added key', '{"a": 1}', '{"a": 1, "b": null}', '{}', '{"b": null}'],
    ['a removed key', '{"a": 1, "b": null}', '{"a": 1}', '{"b": null}', '{}'],
    [
      'a key deep inside',
      '{"a": {"b": {"c": 1, "d": 2}}}',
      '{"a": {"b": {"c": 1, "d": 3}}}',
      '{"a": {"b": {"d": 2}}}',
      '{"a": {"b": {"d": 3}}}',
    ],
    ['an array that grows in front', '["old"]', '["new", "old"]', '["old"]', '["new", "old"]'],
    ['an array in another order', '{"a": [1, 2]}', '{"a": [2, 1]}', '{"a": [1, 2]}', '{"a": [2, 1]}'],
    ['an array with a duplicate more', '[1, 1]', '[1, 1, 1]', '[1, 1]', '[1, 1, 1]'],
    ['an object inside of an array', '[{"a": 1}]', '[{"a": 2}]', '[{"a": 1}]', '[{"a": 2}]'],
    ['a whole number that gets a fraction of zero', '{"a": 1}', '{"a": 1.0}', '{"a": 1}', '{"a": 1.0}'],
    ['a number that becomes text', '{"a": 1}', '{"a": "1"}', '{"a": 1}', '{"a": "1"}'],
    ['null that becomes false', '{"a": null}', '{"a": false}', '{"a": null}', '{"a": false}'],
    ['an empty object that becomes an array', '{"a": {}}', '{"a": []}', '{"a": {}}', '{"a": []}'],
    ['an object that becomes empty', '{"a": {"b": 1}}', '{"a": {}}', '{"a": {"b": 1}}', '{"a": {}}'],
    ['a document that becomes a number', '{"a": 1}', '7', '{"a": 1}', '7'],
    ['a document that becomes the JSON null', '{"a": 1}', 'null', '{"a": 1}', 'null'],
    [
      'digits beyond a double',
      '{"a": 12345678901234567890.12345678901234567890}',
      '{"a": 12345678901234567890.12345678901234567891}',
      '{"a": 12345678901234567890.12345678901234567890}',
      '{"a": 12345678901234567890.12345678901234567891}',
    ],
    ['a key of no letters', '{"": 1}', '{"": 2}', '{"": 1}', '{"": 2}'],
    [
      'keys that JavaScript finds special',
      '{"__proto__": 1, "constructor": 2}',
      '{"__proto__": 2, "constructor": 2}',
      '{"__proto__": 1}',
      '{"__proto__": 2}',
    ],
  ]

  test.each(cases)('%s', async (_, before, after, gone, come) => {
    await db().run(`
      create table if not exists documents (id integer primary key, doc jsonb);
      select backstory.track('documents')`)
    const [row] = await db().query('select coalesce(max(id), 0) + 1 as next from documents')
    const id = String(row?.['next'])
    await db().query('insert into documents values ($1::integer, $2::jsonb)', [id, before])
    await db().query('update documents set doc = $2::jsonb where id = $1::integer', [id, after])
    await db().query('update documents set doc = $2::jsonb where id = $1::integer', [id, after])
    const [insert, update, ...more] = (await readEntries(db(), 'documents')).filter(
      ({ elementId }) => elementId === id,
    )
    expect(insert?.changesText).toBe(`{"after": {"id": ${id}, "doc": ${before}}}`)
    // where both sides are objects the change is inside, elsewhere the whole value is
    expect(update?.changesText).toBe(`{"after": {"doc": ${come}}, "before": {"doc": ${gone}}}`)
    expect(more).toEqual([])
    const states = await db().query(
      `select backstory.state_after('documents', $1, $2::bigint)::text as state
       union all select backstory.state_after('documents', $1, $3::bigint)::text`,
      [id, insert?.id, update?.id],
    )
    expect(states.map((found) => found['state'])).toEqual([
      `{"id": ${id}, "doc": ${before}}`,
      `{"id": ${id}, "doc": ${after}}`,
    ])
  })

  test('the order of keys is no change, in json columns too', async () => {
    await db().run(`
      create table orderless (id integer primary key, a jsonb, b json);
      select backstory.track('orderless');
      insert into orderless values (1, '{"x": 1, "y": 2}', '{"x": 1, "y": 2}');
      update orderless set a = '{"y": 2, "x": 1}', b = '{  "y":2, "x" : 1}'`)
    expect(await readLog(db(), 'orderless')).toHaveLength(1)
  })

  test('a json column is recorded like a jsonb column: its white space, order and duplicate keys are not', async () => {
    await db().run(`
      create table plain (id integer primary key, doc json);
      select backstory.track('plain');
      insert into plain values (1, '{ "b":1, "a" : 1, "a" : 2 }');
      update plain set doc = '{"a": 3, "b": 1}'`)
    expect((await readLog(db(), 'plain')).map(({ changes }) => changes)).toEqual([
      { after: { id: 1, doc: { a: 2, b: 1 } } },
      { before: { doc: { a: 2 } }, after: { doc: { a: 3 } } },
    ])
  })

  test('SQL null to a document and back are whole values', async () => {
    await db().run(`
      create table optional (id integer primary key, doc jsonb);
      select backstory.track('optional');
      insert into optional values (1, null);
      update optional set doc = '{"a": 1}';
      update optional set doc = null`)
    expect((await readLog(db(), 'optional')).slice(1).map(({ changes }) => changes)).toEqual([
      { before: { doc: null }, after: { doc: { a: 1 } } },
      { before: { doc: { a: 1 } }, after: { doc: null } },
    ])
  })

  test('entries are found by containment', async () => {
    await db().run(`
      create table ranked (id integer primary key, attributes jsonb);
      select backstory.track('ranked');
      insert into ranked values (1, '{"hp": 10}');
      update ranked set attributes = '{"hp": 12, "rank": "archmage"}'`)
    const rows = await db().query(`
      select changes::text from audit_logs where changes @> '{"after": {"attributes": {"rank": "archmage"}}}'`)
    expect(rows).toEqual([
      {
        changes:
          '{"after": {"attributes": {"hp": 12, "rank": "archmage"}}, "before": {"attributes": {"hp": 10}}}',
      },
    ])
  })

  test('a composite column is compared inside, like a document', async () => {
    await db().run(`
      create type address as (street text, number integer);
      create table homes (id integer primary key, at address, others address[]);
      select backstory.track('homes');
      insert into homes values (1, ('Main', 1), array[('Side', 2)::address]);
      update homes set at = ('Main', 3), others = array[('Side', 4)::address]`)
    expect((await readLog(db(), 'homes')).at(-1)?.changes).toEqual({
      before: { at: { number: 1 }, others: [{ street: 'Side', number: 2 }] },
      after: { at: { number: 3 }, others: [{ street: 'Side', number: 4 }] },
    })
  })
})

describe.each(['superuser', 'owner'] as const)('a type of an extension (installed by: %s)', (role) => {
  test('that casts to json is compared inside', async ({ skip }) => {
    const db = await openPostgres({ role })
    const available = await db.query(`select from pg_available_extensions where name = 'hstore'`)
    if (available.length === 0) skip('this server does not have the extension hstore')
    await db.run(`
      create extension hstore;
      create table labelled (id integer primary key, labels hstore);
      select backstory.track('labelled');
      insert into labelled values (1, 'a => 1, b => 2');
      update labelled set labels = 'b => 2, a => 3'`)
    expect((await readLog(db, 'labelled')).at(-1)?.changes).toEqual({
      before: { labels: { a: '1' } },
      after: { labels: { a: '3' } },
    })
    await db.close()
  })
})
