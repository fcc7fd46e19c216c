import type { Queryable } from './transaction.ts'

/** Says how one element stands to another: `mentors`, `fears`, `was forged in`. */
export async function relate(database: Queryable, fromId: string, kind: string, toId: string): Promise<void> {
  await database.query('insert into relations (from_id, kind, to_id) values ($1, $2, $3)', [
    fromId,
    kind,
    toId,
  ])
}

/** Takes back what was said of two elements. */
export async function unrelate(database: Queryable, relationId: number): Promise<void> {
  await database.query('delete from relations where id = $1', [relationId])
}
