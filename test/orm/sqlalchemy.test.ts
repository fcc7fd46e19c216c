import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { promisify } from 'node:util'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { openPostgres } from '../support/database.ts'
import { readEntries } from '../support/log.ts'

const run = promisify(execFile)
const guide = await readFile(resolve(import.meta.dirname, '../../docs/guide/orms.md'), 'utf8')
const python = await findPython()

/** A Python that has SQLAlchemy and psycopg2: Debian's packages belong to Debian's own. */
async function findPython(): Promise<string | undefined> {
  for (const candidate of ['/usr/bin/python3', 'python3']) {
    const works = await run(candidate, ['-c', 'import sqlalchemy, psycopg2']).then(
      () => true,
      () => false,
    )
    if (works) return candidate
  }
  return undefined
}

const missing =
  python === undefined
    ? ' (skipped: no Python with both; apt-get install python3-sqlalchemy python3-psycopg2)'
    : ''

describe.skipIf(python === undefined)(`SQLAlchemy with psycopg2${missing}`, () => {
  let db: Awaited<ReturnType<typeof openPostgres>>
  beforeAll(async () => {
    db = await openPostgres()
    await db.run(`
      create table elements (
        id integer generated always as identity primary key,
        name text not null,
        attributes jsonb not null default '{}'
      );
      select backstory.track('elements')`)
  })
  afterAll(async () => {
    await db.close()
  })

  test('names its actor by the event of the guide, and every unit of work is recorded', async () => {
    const recipe = /^```python\n(@event[\s\S]*?)^```/m.exec(guide)?.[1]
    expect(recipe?.trim().split('\n').length).toBeLessThanOrEqual(3)
    const url = new URL(db.url)
    url.protocol = 'postgresql+psycopg2:'
    await run(python ?? '', ['-c', `${prelude}\n${recipe ?? ''}\n${program}`, url.href])
    const entries = await readEntries(db)
    expect(entries.map(({ userId, action, changes }) => ({ userId, action, changes }))).toEqual([
      {
        userId: 'ada',
        action: 'insert',
        changes: { after: { id: 1, name: 'Ged', attributes: { hp: 10 } } },
      },
      {
        userId: 'bo',
        action: 'update',
        changes: {
          before: { name: 'Ged', attributes: { hp: 10 } },
          after: { name: 'Sparrowhawk', attributes: { hp: 12 } },
        },
      },
      {
        userId: 'cyd',
        action: 'delete',
        changes: { before: { id: 1, name: 'Sparrowhawk', attributes: { hp: 12 } } },
      },
    ])
    // what was rolled back is not there, and each unit of work is one transaction
    expect(new Set(entries.map(({ transactionId }) => transactionId)).size).toBe(3)
  })
})

const prelude = `
import contextvars, json, sys
from sqlalchemy import Column, Integer, Text, create_engine, event, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, declarative_base

engine = create_engine(sys.argv[1])
actor = contextvars.ContextVar("actor")
`

const program = `
Base = declarative_base()

class Element(Base):
    __tablename__ = "elements"
    id = Column(Integer, primary_key=True)
    name = Column(Text)
    attributes = Column(JSONB)

actor.set("ada")
with Session(engine) as session:
    session.add(Element(name="Ged", attributes={"hp": 10}))
    session.commit()

actor.set("bo")
with Session(engine) as session:
    ged = session.get(Element, 1)
    ged.name = "Sparrowhawk"
    ged.attributes = {"hp": 12}
    session.commit()
    ged.name = "gone"
    session.flush()
    session.rollback()

actor.set("cyd")
with Session(engine) as session:
    session.query(Element).filter(Element.id == 1).delete()
    session.commit()
`
