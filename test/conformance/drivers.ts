import type { ConformanceDriver } from './driver.ts'
import { knexDriver } from './drivers/knex.ts'
import { kyselyDriver, kyselyPgliteDriver } from './drivers/kysely.ts'
import { pgDriver } from './drivers/pg.ts'
import { pgliteDriver } from './drivers/pglite.ts'
import { postgresJsDriver } from './drivers/postgres-js.ts'

/** Everything that the suite runs through. A new ORM is a file in drivers/ and a line here. */
export const drivers: readonly ConformanceDriver[] = [
  pgDriver,
  postgresJsDriver,
  pgliteDriver,
  kyselyDriver,
  kyselyPgliteDriver,
  knexDriver,
]
