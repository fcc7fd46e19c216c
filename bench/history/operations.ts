import { formatJson, type JsonObject } from 'backstory'
import type pg from 'pg'

import type { Operation } from '../../examples/replay/edit.ts'
import { openEditFile } from '../../examples/replay/read-edits.ts'

/** What happened to one document, by whom and when. */
export interface Happening {
  readonly line: number
  readonly author: string
  readonly timestamp: string
  readonly operation: Operation
}

/**
 * Fills `bench.operations` with the history that longer ones are copies of: that of the file, or one that is drawn by a
 * fixed rule where no file was named.
 *
 * @returns what it is, for the report
 */
export async function loadOperations(client: pg.Client, file: string | undefined): Promise<string> {
  await client.query(`
    create schema bench;
    create table bench.operations (
      place bigint generated always as identity primary key,
      line integer not null,
      author text not null,
      edited_at timestamptz not null,
      action text not null,
      kind text not null,
      index text not null,
      doc jsonb
    )`)
  let pending: Happening[] = []
  for await (const happening of file === undefined ? drawHappenings() : readHappenings(file)) {
    pending.push(happening)
    if (pending.length === 500) {
      await insertAll(client, pending)
      pending = []
    }
  }
  await insertAll(client, pending)
  return file === undefined ? 'a history that was drawn by a rule' : 'the history of the file'
}

async function insertAll(client: pg.Client, happenings: readonly Happening[]): Promise<void> {
  const column = (read: (happening: Happening) => string | number | null) => happenings.map(read)
  await client.query(
    `insert into bench.operations (line, author, edited_at, action, kind, index, doc)
     select line, author, edited_at, action, kind, index, doc
     from unnest($1::integer[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::jsonb[])
       with ordinality as o (line, author, edited_at, action, kind, index, doc, place)
     order by place`,
    [
      column(({ line }) => line),
      column(({ author }) => author),
      column(({ timestamp }) => timestamp),
      column(({ operation }) => operation.action),
      column(({ operation }) => operation.kind),
      column(({ operation }) => operation.index),
      column(({ operation }) => (operation.action === 'delete' ? null : formatJson(operation.doc))),
    ],
  )
}

/** The happenings of a file of edits, in order. */
export async function* readHappenings(file: string): AsyncGenerator<Happening> {
  const { edits } = await openEditFile(file)
  for await (const { line, author, timestamp, operations } of edits) {
    for (const operation of operations) yield { line, author, timestamp, operation }
  }
}

/** A history by a rule: 100 documents of half a kilobyte, six operations each, a third of them deleted; seven authors. */
export function* drawHappenings(): Generator<Happening> {
  const documents = 100
  for (let round = 0; round < 6; round++) {
    for (let document = 0; document < documents; document++) {
      const place = round * documents + document
      const line = Math.floor(place / 10)
      const key = { kind: document % 2 === 0 ? 'Spells' : 'Monsters', index: `document-${document}` }
      const common = {
        line,
        author: `author-${line % 7}`,
        timestamp: new Date(Date.UTC(2016, 0, 1 + line)).toISOString(),
      }
      if (round === 5 && document % 3 === 0) yield { ...common, operation: { action: 'delete', ...key } }
      else {
        const doc = drawDocument(document, round)
        yield { ...common, operation: { action: round === 0 ? 'insert' : 'update', ...key, doc } }
      }
    }
  }
}

function drawDocument(document: number, round: number): JsonObject {
  return {
    name: `Document ${document}`,
    desc: [`Paragraph ${document} of ${round}. `.repeat(8), 'A second one that stays as it is. '.repeat(6)],
    stats: { strength: 10 + round, dexterity: document % 20, saves: { wisdom: document % 5 } },
    actions: [
      { name: 'bite', damage: round },
      { name: 'claw', damage: 3 },
    ],
  }
}
