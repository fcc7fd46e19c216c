import { pipeline } from 'node:stream/promises'

import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import Cursor from 'pg-cursor'
import QueryStream from 'pg-query-stream'

/** The two ways of preparing a statement: anew each time, or once under a name. */
export const preparations = ['unnamed', 'prepared'] as const
export type Preparation = (typeof preparations)[number]

/** A statement with its values as `pg` takes it, under a name that belongs to its text where it is to be prepared. */
export function statement(preparation: Preparation, text: string, values: unknown[] = []): pg.QueryConfig {
  return preparation === 'prepared' ? { name: `named ${text}`, text, values } : { text, values }
}

/** A way to call `pg`, which does the same on any client, and what it gave. */
export interface CallStyle {
  readonly title: string
  readonly run: (
    client: pg.Client,
    text: string,
    values: unknown[],
    preparation: Preparation,
  ) => Promise<unknown>
}

/** Every way to run a statement with values and read its rows. */
export const callStyles: readonly CallStyle[] = [
  {
    title: 'a promise',
    run: async (client, text, values, preparation) =>
      summary(await client.query(statement(preparation, text, values))),
  },
  {
    title: 'a promise of text and values',
    run: async (client, text, values) => summary(await client.query(text, values)),
  },
  {
    title: 'a callback',
    run: (client, text, values, preparation) =>
      new Promise((resolve, reject) => {
        const given: unknown = client.query(
          statement(preparation, text, values),
          (error: unknown, result: pg.QueryResult) => {
            if (error) reject(error)
            else resolve({ given, ...summary(result) })
          },
        )
      }),
  },
  {
    title: 'rows as arrays',
    run: async (client, text, values, preparation) =>
      summary(await client.query({ ...statement(preparation, text, values), rowMode: 'array' })),
  },
  {
    title: 'rows in portions',
    run: async (client, text, values, preparation) =>
      summary(await client.query(Object.assign(statement(preparation, text, values), { rows: 1 }))),
  },
  {
    title: 'a pg.Query that emits rows',
    run: (client, text, values, preparation) => {
      const query = client.query(new pg.Query(statement(preparation, text, values)))
      const rows: unknown[] = []
      return new Promise((resolve, reject) => {
        query.on('row', (row) => rows.push(row))
        query.on('error', reject)
        query.on('end', () => resolve(rows))
      })
    },
  },
  {
    title: 'a cursor',
    run: async (client, text, values) => {
      const cursor = client.query(new Cursor(text, values))
      const rows = [await cursor.read(1), await cursor.read(100), await cursor.read(100)]
      await cursor.close()
      return rows
    },
  },
  {
    title: 'a query stream',
    run: async (client, text, values) => {
      const rows: unknown[] = []
      for await (const row of client.query(new QueryStream(text, values, { batchSize: 1 }))) rows.push(row)
      return rows
    },
  },
]

/** Ways to run a text without values. */
export const textStyles: readonly {
  readonly title: string
  readonly run: (client: pg.Client, text: string) => Promise<unknown>
}[] = [
  { title: 'a simple query', run: async (client, text) => summary(await client.query(text)) },
  {
    title: 'a simple query of several statements',
    run: async (client, text) => {
      const results: unknown = await client.query(`select 1 as one; ${text}; select 2 as two`)
      return Array.isArray(results) ? results.map(summary) : results
    },
  },
  {
    title: 'an extended query without values',
    run: async (client, text) =>
      summary(await client.query(Object.assign({ text }, { queryMode: 'extended' }))),
  },
]

/** Copies lines into a table, as a COPY FROM STDIN. */
export async function copyInto(client: pg.Client, text: string, lines: readonly string[]): Promise<number> {
  const stream = client.query(copyFrom(text))
  await pipeline(
    lines.map((line) => `${line}\n`),
    stream,
  )
  return stream.rowCount
}

function summary(result: pg.QueryResult) {
  const { command, rowCount, rows, fields } = result
  return { command, rowCount, rows, fields: fields.map(({ name }) => name) }
}
