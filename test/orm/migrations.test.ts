import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Migration, Migrator as MikroOrmMigrator } from '@mikro-orm/migrations'
import { defineEntity, MikroORM, p } from '@mikro-orm/postgresql'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite'
import { migrate as migratePglite } from 'drizzle-orm/pglite/migrator'
import knexModule, { type Knex } from 'knex'
import { Kysely, PostgresDialect, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import pg from 'pg'
import { Sequelize, type QueryInterface } from 'sequelize'
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { createBackstory, trackSql, untrackSql } from '../../src/index.ts'
import { openPglite, openPostgres, type TestDatabase } from '../support/database.ts'

// names and options that a tool might take for parameters, statements or quotes of its own
const table = `accounts: it's $1`
const options = { redact: ['iban'], ignore: ['touched; at'] }
const createTable = `create table "${table}" (id integer primary key, iban text, "touched; at" text)`

async function expectTracked(db: TestDatabase): Promise<void> {
  expect(await createBackstory(db.database).tracked()).toEqual([
    { elementType: table, key: ['id'], options, status: 'active' },
  ])
  await db.run(`insert into "${table}" (id, iban) values (1, 'DE1')`)
  expect(await db.query('select element_id, changes from audit_logs')).toEqual([
    { element_id: '1', changes: { after: { id: 1 }, redacted: ['iban'] } },
  ])
}

async function expectUntracked(db: TestDatabase): Promise<void> {
  expect(await createBackstory(db.database).tracked()).toEqual([])
}

describe('on PostgreSQL', () => {
  let db: Awaited<ReturnType<typeof openPostgres>>
  beforeEach(async () => {
    db = await openPostgres({ template: 'empty' })
    await db.run(createTable)
  })
  afterEach(async () => {
    await db.close()
  })
  const plan = () => createBackstory(db.database).plan()

  test('a migration of Knex installs, tracks, and takes it back', async () => {
    const migration: Knex.Migration = {
      up: async (knex) => {
        // knex.raw would take a question mark for a parameter
        await knex.raw((await plan()).replaceAll('?', String.raw`\?`))
        await knex.raw(trackSql(table, options))
      },
      down: async (knex) => {
        await knex.raw(untrackSql(table))
      },
    }
    const knex = knexModule.knex({ client: 'pg', connection: db.url })
    const migrationSource: Knex.MigrationSource<string> = {
      getMigrations: () => Promise.resolve(['audit']),
      getMigrationName: (name) => name,
      getMigration: () => Promise.resolve(migration),
    }
    await knex.migrate.latest({ migrationSource })
    await expectTracked(db)
    await knex.migrate.rollback({ migrationSource })
    await expectUntracked(db)
    await knex.destroy()
  })

  test('a migration of Kysely does', async () => {
    const kysely = new Kysely<never>({
      dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: db.url }) }),
    })
    const migrator = new Migrator({
      db: kysely,
      provider: {
        getMigrations: () =>
          Promise.resolve({
            audit: {
              up: async (target: Kysely<unknown>) => {
                await sql.raw(await plan()).execute(target)
                await sql.raw(trackSql(table, options)).execute(target)
              },
              down: async (target: Kysely<unknown>) => {
                await sql.raw(untrackSql(table)).execute(target)
              },
            },
          }),
      },
    })
    expect((await migrator.migrateToLatest()).error).toBeUndefined()
    await expectTracked(db)
    expect((await migrator.migrateDown()).error).toBeUndefined()
    await expectUntracked(db)
    await kysely.destroy()
  })

  test('a migration of TypeORM does', async () => {
    class Audit1700000000000 implements MigrationInterface {
      name = 'Audit1700000000000'
      async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(await plan())
        await queryRunner.query(trackSql(table, options))
      }
      async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(untrackSql(table))
      }
    }
    const dataSource = new DataSource({ type: 'postgres', url: db.url, migrations: [Audit1700000000000] })
    await dataSource.initialize()
    await dataSource.runMigrations()
    await expectTracked(db)
    await dataSource.undoLastMigration()
    await expectUntracked(db)
    await dataSource.destroy()
  })

  test('a migration of MikroORM does', async () => {
    class Audit extends Migration {
      override async up(): Promise<void> {
        this.addSql(await plan())
        this.addSql(trackSql(table, options))
      }
      override down(): void {
        this.addSql(untrackSql(table))
      }
    }
    const orm = await MikroORM.init({
      entities: [defineEntity({ name: 'Nothing', properties: { id: p.integer().primary() } })],
      clientUrl: db.url,
      extensions: [MikroOrmMigrator],
      migrations: { migrationsList: [{ name: 'Audit', class: Audit }], snapshot: false, silent: true },
    })
    await orm.migrator.up()
    await expectTracked(db)
    await orm.migrator.down()
    await expectUntracked(db)
    await orm.close()
  })

  test('a migration of Sequelize does', async () => {
    const migration = {
      up: async (queryInterface: QueryInterface) => {
        await queryInterface.sequelize.query(await plan())
        await queryInterface.sequelize.query(trackSql(table, options))
      },
      down: (queryInterface: QueryInterface) => queryInterface.sequelize.query(untrackSql(table)),
    }
    const sequelize = new Sequelize(db.url, { logging: false })
    await migration.up(sequelize.getQueryInterface())
    await expectTracked(db)
    await migration.down(sequelize.getQueryInterface())
    await expectUntracked(db)
    await sequelize.close()
  })

  test('a migration of Drizzle does', async () => {
    await withDrizzleMigration([await plan(), trackSql(table, options)], async (migrationsFolder) => {
      await migrate(drizzle({ client: db.database }), { migrationsFolder })
    })
    await expectTracked(db)
  })

  test('the text of a migration of Prisma does, applied as its engine does', async () => {
    await db.run(`${await plan()};\n${trackSql(table, options)};\n`)
    await expectTracked(db)
  })

  test('what installs is nothing where Backstory is installed', async () => {
    await createBackstory(db.database).install()
    expect(await plan()).toBe('')
  })
})

test('a migration of Drizzle on PGlite tracks where Backstory is installed', async () => {
  const db = await openPglite()
  await db.run(createTable)
  await withDrizzleMigration([trackSql(table, options)], async (migrationsFolder) => {
    await migratePglite(drizzlePglite({ client: db.database }), { migrationsFolder })
  })
  await expectTracked(db)
  await db.close()
})

/** A folder as `drizzle-kit generate --custom --name audit` makes it, with the statements filled in. */
async function withDrizzleMigration(
  statements: readonly string[],
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'backstory-drizzle-'))
  await mkdir(join(folder, 'meta'))
  await writeFile(join(folder, '0000_audit.sql'), statements.join(';\n--> statement-breakpoint\n'))
  await writeFile(
    join(folder, 'meta/_journal.json'),
    JSON.stringify({
      version: '7',
      dialect: 'postgresql',
      entries: [{ idx: 0, version: '7', when: 1, tag: '0000_audit', breakpoints: true }],
    }),
  )
  try {
    await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

describe('the statement', () => {
  test('is one that reads what it was given, backslashes and quotes too', async () => {
    const db = await openPostgres()
    const odd = String.raw`a\'b "c"`
    await db.run(`create table "${odd.replaceAll('"', '""')}" (id integer primary key, "\\" text)`)
    for (const standardStrings of ['on', 'off']) {
      await db.run(
        `set standard_conforming_strings = ${standardStrings}; ${trackSql(odd, { ignore: ['\\'] })}; reset all`,
      )
      expect(await createBackstory(db.database).tracked()).toMatchObject([
        { elementType: odd, options: { ignore: ['\\'] } },
      ])
      await db.run(untrackSql(odd))
    }
    await db.close()
  })

  test('is of the schema of the installation', () => {
    expect(trackSql('backstory.accounts', {}, { schema: 'audit' })).toBe(
      `select audit.track('backstory.accounts')`,
    )
    expect(untrackSql('accounts', { schema: 'audit' })).toBe(`select audit.untrack('accounts')`)
  })
})
