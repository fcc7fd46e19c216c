import { describe, expect, test } from 'vitest'

import { readOnlyTable, type AnnouncedGroup } from '../../src/db/flush.ts'

const group = (table: string, keys: AnnouncedGroup['keys'] = [{ id: 1 }]): AnnouncedGroup => ({
  schema: 'public',
  table,
  isDeleted: false,
  mayInsert: false,
  keys,
  places: keys.map((_, place) => place),
})

describe('the table of a list of groups as text', () => {
  test('is that of the only group, whatever its names and values look like', () => {
    for (const table of ['heroes', 'a"b', 'c\\', '},{"schema":', ',"isDeleted":']) {
      expect(readOnlyTable(JSON.stringify([group(table, [{ id: '},{"schema":"x' }])]))).toEqual({
        schema: 'public',
        table,
      })
    }
  })

  test('is none where there are several groups, or none', () => {
    expect(readOnlyTable(JSON.stringify([group('heroes'), group('heroes')]))).toBeUndefined()
    expect(readOnlyTable('[]')).toBeUndefined()
  })

  test('is none where a column of the key is called like a name, which costs time alone', () => {
    const named = group('heroes', [{ schema: 'a' }, { schema: 'b' }])
    expect(readOnlyTable(JSON.stringify([named]))).toBeUndefined()
    expect(readOnlyTable(JSON.stringify([group('heroes', [{ schema: 'a' }])]))?.table).toBe('heroes')
  })
})
