import type { FlushClient } from '../../src/orm/recorder.ts'
import type { TestQueries } from './database.ts'

/** A session of a test as the connection of a flush. */
export function flushClientOf(session: TestQueries): FlushClient {
  return {
    query: async ({ text, values }) => {
      const rows = await session.query(text, values)
      return rows.map((row) =>
        Object.fromEntries(
          Object.entries(row).map(([name, value]) => [name, typeof value === 'string' ? value : null]),
        ),
      )
    },
  }
}
