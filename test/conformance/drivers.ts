import type { ConformanceDriver } from './driver.ts'
import { drizzleDriver, drizzlePgliteDriver } from './drivers/drizzle.ts'
import { knexDriver } from './drivers/knex.ts'
import { kyselyDriver, kyselyPgliteDriver } from './drivers/kysely.ts'
import { mikroOrmDriver } from './drivers/mikro-orm.ts'
import { pgDriver } from './drivers/pg.ts'
import { pgliteDriver } from './drivers/pglite.ts'
import { postgresJsDriver } from './drivers/postgres-js.ts'
import { prismaDriver } from './drivers/prisma.ts'
import { sequelizeDriver } from './drivers/sequelize.ts'
import { typeormDriver } from './drivers/typeorm.ts'

/** Everything that the suite runs through. A new ORM is a file in drivers/ and a line here. */
export const drivers: readonly ConformanceDriver[] = [
  pgDriver,
  postgresJsDriver,
  pgliteDriver,
  drizzleDriver,
  drizzlePgliteDriver,
  kyselyDriver,
  kyselyPgliteDriver,
  knexDriver,
  prismaDriver,
  sequelizeDriver,
  mikroOrmDriver,
  typeormDriver,
]
