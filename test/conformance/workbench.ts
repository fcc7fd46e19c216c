import { actingAs } from '../../src/context/context.ts'
import { quoteLiteral } from '../support/column-samples.ts'
import { openPglite, openPostgres, type TestDatabase } from '../support/database.ts'
import type { Capture, Connected, ConformanceDriver } from './driver.ts'
import { expectedEntries, lastEntryId, readCompared, type ComparedEntry } from './entries.ts'
import { ada, type Scenario } from './scenario.ts'
import { tableDefinitions, tableNames, trackOptions, type Columns, type TableName } from './tables.ts'

/** A database of its own, an ORM connected to it, and what runs scenarios on both. */
export interface Workbench {
  readonly db: TestDatabase
  readonly orm: Connected
  /** Runs a scenario on fresh rows. Gives the entries that it has left, and how the ORM failed if it did. */
  readonly run: (scenario: Scenario) => Promise<Outcome>
  /** Empties the tables and puts rows into them, past every capture. */
  readonly prepare: (scenario: Pick<Scenario, 'given'>) => Promise<void>
  readonly close: () => Promise<void>
}

/** What a scenario came to. */
export interface Outcome {
  readonly entries: readonly ComparedEntry[]
  readonly expected: readonly ComparedEntry[]
  readonly error: unknown
}

/** Opens a database with the tables of the suite, tracked by the capture way, and connects an ORM. */
export async function openWorkbench(
  driver: ConformanceDriver,
  capture: Capture | 'none',
  connections = 3,
): Promise<Workbench> {
  const { db, connect } = await open(driver, capture, connections)
  await db.run(tableDefinitions)
  if (capture !== 'none') {
    for (const table of tableNames) {
      await db.query('select backstory.track($1, $2)', [
        table,
        JSON.stringify({ ...trackOptions[table], capture }),
      ])
    }
  }
  const orm = await connect()
  const prepare: Workbench['prepare'] = async ({ given = [] }) => {
    const inserts = given.map(([table, rows]) => insertOf(table, rows))
    await db.run(
      pastTriggers([`truncate ${tableNames.join(', ')} restart identity cascade`, ...inserts].join('; ')),
    )
  }
  return {
    db,
    orm,
    prepare,
    run: async (scenario) => {
      await prepare(scenario)
      const start = await lastEntryId(db)
      const error = await attempt(() =>
        actingAs(ada, () =>
          scenario.run(orm, {
            unrecorded: (text) => db.run(pastTriggers(text)),
            untilBlocked: untilBlocked(db),
          }),
        ),
      )
      return { entries: await readCompared(db, start), expected: expectedEntries(scenario.entries), error }
    },
    close: async () => {
      await orm.close()
      await db.close()
    },
  }
}

/** Statements in a transaction in which no trigger fires. */
function pastTriggers(text: string): string {
  return `begin; set local session_replication_role = replica; ${text}; commit`
}

function insertOf(table: TableName, rows: readonly Columns[]): string {
  const columns = Object.keys(rows[0] ?? {}).join(', ')
  return `insert into ${table} (${columns})
    select ${columns} from jsonb_populate_recordset(null::${table}, ${quoteLiteral(JSON.stringify(rows))})`
}

/** A database of its own, and how the driver connects to it once it has the tables. */
async function open(
  driver: ConformanceDriver,
  capture: Capture | 'none',
  connections: number,
): Promise<{ readonly db: TestDatabase; readonly connect: () => Promise<Connected> }> {
  if (driver.server === 'PGlite') {
    const db = await openPglite()
    return { db, connect: () => driver.connect({ pglite: db.database, capture }) }
  }
  const db = await openPostgres()
  return { db, connect: () => driver.connect({ url: db.url, capture, connections }) }
}

async function attempt(work: () => Promise<void>): Promise<unknown> {
  try {
    await work()
    return undefined
  } catch (error) {
    return error
  }
}

function untilBlocked(db: TestDatabase) {
  return async () => {
    for (;;) {
      const waiting = await db.query(
        `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
      if (waiting.length > 0) return
    }
  }
}
