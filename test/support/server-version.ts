import type { TestQueries } from './database.ts'

/** The major version of the server behind a database: 18. */
export async function readServerVersion(db: TestQueries): Promise<number> {
  const [row] = await db.query(`select current_setting('server_version_num')::integer / 10000 as major`)
  return Number(row?.['major'])
}
