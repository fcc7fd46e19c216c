import { MikroORM } from '@mikro-orm/postgresql'
import { createBackstory, type Backstory } from 'backstory'
import { auditExtension } from 'backstory/mikro-orm'
import type pg from 'pg'

import { models } from './models/models.ts'

/** How a write becomes an entry: by triggers of the database, or by listeners of MikroORM's events. */
export type Capture = 'trigger' | 'listener'

/** The application's ORM, and the log of what it writes. */
export interface Application {
  readonly orm: MikroORM
  readonly backstory: Backstory<pg.Pool>
  /** The connections of the ORM, for those who read the log with SQL. */
  readonly pool: pg.Pool
  readonly capture: Capture
  readonly close: () => Promise<void>
}

/** Opens an empty database: installs Backstory, creates the tables of the models, and has all of them tracked. */
export async function openApplication({
  url,
  capture,
}: {
  readonly url: string
  readonly capture: Capture
}): Promise<Application> {
  const orm = await MikroORM.init({
    entities: models,
    clientUrl: url,
    extensions: [auditExtension({ capture })],
    // fewer connections than edits at once: they change hands, the actors must not
    pool: { max: 5 },
  })
  try {
    const pool = await orm.em.getConnection().getNativeClient()
    const backstory = createBackstory(pool, { orm })
    // the history of this application is asked by actor and by type
    await backstory.install({ indexes: ['user', 'type', 'time'] })
    // the extension has it track them, too
    await orm.schema.create()
    return { orm, backstory, pool, capture, close: () => orm.close() }
  } catch (error) {
    await orm.close()
    throw error
  }
}
