import { setTimeout } from 'node:timers/promises'

import type pg from 'pg'

import { elementId } from '../elements.ts'
import { readNumber } from '../scenario.ts'
import type { Application } from './node-peer.ts'

/** Lets an application write in every way that it has, and counts what its log then holds of it: `3 of 3`. */
export async function findGaps(
  application: Application,
  client: pg.Client,
  log: string,
): Promise<Readonly<Record<string, string>>> {
  const [oldRank, newRank] = [424_242, 434_343]
  const [inserted, updated] = [elementId(900_001), elementId(1)]
  await unseen(client, `update public.elements set world_id = 9 where rank between 2 and 4`)
  await unseen(client, `update public.elements set rank = ${oldRank} where id = '${updated}'`)
  const captured = async (expected: number, write: () => Promise<unknown>): Promise<string> => {
    const before = await count()
    await write()
    // some write their log without waiting for it
    await setTimeout(100)
    return `${(await count()) - before} of ${expected}`
  }
  const inserts = await captured(1, () => application.insert(inserted))
  const updates = await captured(1, () => application.update(updated, newRank))
  const old = await readNumber(client, `select count(*) from ${log} l where l::text like '%${oldRank}%'`)
  return {
    insert: inserts,
    update: updates,
    'old value': old > 0 ? 'yes' : 'no',
    delete: await captured(1, () => application.remove(inserted)),
    bulk: await captured(3, () => application.updateMany(9, newRank + 1)),
    raw: await captured(1, () =>
      application.raw(`update public.elements set rank = rank + 1 where id = '${updated}'`),
    ),
    'rolled back': await captured(0, () => application.rollBack(updated, newRank + 2)),
  }

  async function count(): Promise<number> {
    return readNumber(client, `select count(*) from ${log}`)
  }
}

async function unseen(client: pg.Client, statement: string): Promise<void> {
  await client.query('set session_replication_role = replica')
  await client.query(statement)
  await client.query('reset session_replication_role')
}
