import type pg from 'pg'

import { findObstacle } from './captures/captures.ts'
import type { Capture } from './captures/capture.ts'
import { openClient } from './databases.ts'
import { createElements } from './elements.ts'
import { readNumber, type Workplace } from './scenario.ts'

/** A capture in a database of its own, over the same rows as every other, and one connection to it. */
export interface Subject {
  readonly capture: Capture
  readonly client: pg.Client
  readonly connection: pg.ClientConfig
}

/** Subjects that are ready, and why others are not. */
export interface Subjects {
  readonly subjects: readonly Subject[]
  /** What has to be known of them, and `pgMemento is left out: no --peers`. */
  readonly notes: readonly string[]
}

/**
 * Installs each capture in a database of its own, copied from one template, so that every one meets the same statements
 * to the letter and nobody else's triggers; lets `work` use them, and drops them.
 */
export async function* withSubjects<Result>(
  workplace: Workplace,
  captures: readonly Capture[],
  work: (subjects: Subjects) => AsyncIterable<Result>,
): AsyncGenerator<Result> {
  const { databases, peers } = workplace
  await createTemplate(workplace)
  const present = captures.filter((capture) => findObstacle(capture, workplace) === undefined)
  const subjects: Subject[] = []
  try {
    for (const [index, capture] of present.entries()) {
      const connection = await databases.create(`subject_${index}`, template)
      const client = await openClient(connection)
      subjects.push({ capture, client, connection })
      await capture.install({ client, connection, peers })
      await client.query('vacuum analyze')
    }
    yield* work({
      subjects,
      notes: captures.flatMap((capture) =>
        present.includes(capture)
          ? (capture.note ?? [])
          : `${capture.name} is left out: ${findObstacle(capture, workplace)}`,
      ),
    })
  } finally {
    for (const [index, { client }] of subjects.entries()) {
      await client.end()
      await databases.drop(`subject_${index}`)
    }
  }
}

/** How many entries the log of a subject has. */
export async function countEntries({ capture, client }: Subject): Promise<number> {
  const [table] = capture.logTables
  if (capture.countEntries !== undefined) return readNumber(client, capture.countEntries)
  return table === undefined ? 0 : readNumber(client, `select count(*) from ${table}`)
}

/** How many bytes the log of a subject takes. */
export async function measureBytes({ capture, client }: Subject): Promise<number> {
  if (capture.measureBytes !== undefined) return readNumber(client, capture.measureBytes)
  return readNumber(
    client,
    'select coalesce(sum(pg_total_relation_size(t::regclass)), 0) from unnest($1::text[]) as t',
    [capture.logTables],
  )
}

const template = 'template'
const made = new WeakSet<Workplace>()

async function createTemplate(workplace: Workplace): Promise<void> {
  if (made.has(workplace)) return
  const connection = await workplace.databases.create(template)
  const client = await openClient(connection)
  await createElements(client, workplace.rows)
  await client.end()
  made.add(workplace)
}
