import { createBackstory } from 'backstory'

import { openPool } from '../databases.ts'
import type { Capture } from './capture.ts'

/** Backstory's trigger capture, with the options and indexes of a plain `install()` and `track()`. */
export const backstory: Capture = {
  name: 'Backstory',
  install: async ({ connection }) => {
    const pool = openPool(connection)
    const log = createBackstory(pool)
    await log.install()
    await log.track('elements')
    await pool.end()
  },
  logTables: ['public.audit_logs'],
}

/** Backstory installed, and the table not tracked: its context can be carried, and nothing is captured. */
export const untracked: Capture = {
  name: 'bare',
  install: async ({ connection }) => {
    const pool = openPool(connection)
    await createBackstory(pool).install()
    await pool.end()
  },
  logTables: [],
}
