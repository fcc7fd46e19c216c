import type pg from 'pg'

import { elementColumns } from '../elements.ts'

/** A write of one row in a transaction of its own. */
export interface RowWorkload {
  readonly title: string
  /** `$1` is the number of a row, where the statement has one. */
  readonly statement: string
  /** Makes ready for so many writes, unseen by any capture. */
  readonly prepare: (client: pg.Client, writes: number) => Promise<void>
}

const withoutIdAndWorld = elementColumns.replace('id, world_id, ', '')

const update = (assignment: string) =>
  `update public.elements set ${assignment} where id = md5($1::integer::text)::uuid`

/** One column out of twelve. */
export const updateColumn: RowWorkload = {
  title: 'Update of one column',
  statement: update('rank = rank + 1'),
  prepare: vacuum,
}

/** One key, two levels deep in 1 KB of JSON. */
export const updateKey: RowWorkload = {
  title: 'Update of one nested key in 1 KB of JSON',
  statement: update(
    `attributes = jsonb_set(attributes, '{stats,oar}', to_jsonb((attributes #>> '{stats,oar}')::integer + 1))`,
  ),
  prepare: vacuum,
}

/** An update that changes nothing. */
const updateNothing: RowWorkload = {
  title: 'Update that changes nothing',
  statement: update('rank = rank'),
  prepare: vacuum,
}

/** A whole row, with a key of its own. */
export const insertRow: RowWorkload = {
  title: 'Insert of one row',
  statement: `
    insert into public.elements (${elementColumns})
    select gen_random_uuid(), 2, ${withoutIdAndWorld}
    from bench.spare_elements
    where id = md5('spare ' || $1::integer)::uuid`,
  prepare: async (client) => {
    await unseen(client, 'delete from public.elements where world_id = 2')
    await vacuum(client)
  },
}

/** A whole row, by its key. */
export const deleteRow: RowWorkload = {
  title: 'Delete of one row',
  // `(select …)` is asked once for the statement, so that the index is used
  statement: `delete from public.elements where id = md5('doomed ' || (select nextval('bench.doomed')))::uuid`,
  prepare: async (client, writes) => {
    await unseen(
      client,
      `insert into public.elements (${elementColumns})
       select md5('doomed ' || row_number() over ())::uuid, 3, ${withoutIdAndWorld}
       from bench.spare_elements
       limit ${writes}
       on conflict (id) do nothing`,
    )
    await client.query(`
      drop sequence if exists bench.doomed;
      create sequence bench.doomed`)
    await vacuum(client)
  },
}

/** All of them, in the order of the report. */
export const rowWorkloads: readonly RowWorkload[] = [
  updateColumn,
  updateKey,
  updateNothing,
  insertRow,
  deleteRow,
]

async function vacuum(client: pg.Client): Promise<void> {
  await client.query('vacuum analyze public.elements')
}

async function unseen(client: pg.Client, statement: string): Promise<void> {
  await client.query('set session_replication_role = replica')
  await client.query(statement)
  await client.query('reset session_replication_role')
}
