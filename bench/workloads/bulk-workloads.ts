import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { buffer } from 'node:stream/consumers'

import type pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'

import { elementColumns } from '../elements.ts'

/** One statement that writes as many rows as the table has. */
export interface BulkWorkload {
  readonly title: string
  /** Makes it ready to be run over any connection to a database that is a copy of this one. */
  readonly prepare: (client: pg.Client) => Promise<(client: pg.Client) => Promise<unknown>>
}

const statement = (title: string, text: string): BulkWorkload => ({
  title,
  prepare: async () => (client) => client.query(text),
})

const updateAll = statement('One UPDATE of many rows', 'update public.elements set rank = rank + 1')
const insertAll = statement(
  'One INSERT … SELECT of many rows',
  `insert into public.elements (${elementColumns}) select ${elementColumns} from bench.spare_elements`,
)
const copyAll: BulkWorkload = {
  title: 'One COPY of many rows',
  prepare: async (client) => {
    const rows = await buffer(
      client.query(copyTo(`copy (select ${elementColumns} from bench.spare_elements) to stdout`)),
    )
    return (target) =>
      pipeline(
        Readable.from(slice(rows)),
        target.query(copyFrom(`copy public.elements (${elementColumns}) from stdin`)),
      )
  },
}
const deleteAll = statement('One DELETE of many rows', 'delete from public.elements')

/** All of them, in the order of the report. */
export const bulkWorkloads: readonly BulkWorkload[] = [updateAll, insertAll, copyAll, deleteAll]

function* slice(bytes: Buffer): Generator<Buffer> {
  const size = 65_536
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
