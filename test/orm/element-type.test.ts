import { expect, test } from 'vitest'

import { formatElementType } from '../../src/db/element-type.ts'
import { describeOnEveryDatabase } from '../support/database.ts'

describeOnEveryDatabase('the element type of a table', (db) => {
  test('is the one that the database gives, for key words and odd names', async () => {
    const words = await db().query('select word from pg_get_keywords()')
    const names = [
      ...words.map((row) => String(row['word'])),
      ...['accounts', 'Accounts', 'order items', 'a.b', 'a"b', '1st', '_a1', 'a$b', 'ä', ''],
    ]
    const rows = await db().query(
      `select s as schema, t as table, backstory.element_type_of(s, t) as type
       from unnest($1::text[]) as t, unnest(array['public', 'sales', 'Sales']) as s`,
      [names],
    )
    expect(rows.length).toBe(names.length * 3)
    for (const row of rows) {
      expect(formatElementType(String(row['schema']), String(row['table']))).toBe(row['type'])
    }
  })
})
