import { PrismaPg } from '@prisma/adapter-pg'
import { defineEntity, EntitySchema as MikroSchema, MikroORM, p } from '@mikro-orm/postgresql'
import { integer, pgTable, text } from 'drizzle-orm/pg-core'
import { DataTypes, Sequelize } from 'sequelize'
import { DataSource, EntitySchema } from 'typeorm'
import { afterEach, beforeEach, describe, expect, expectTypeOf, test } from 'vitest'

import { audited } from '../../src/drizzle.ts'
import { Audited, auditedTables, createBackstory, trackSql, type TrackedTable } from '../../src/index.ts'
import { auditExtension } from '../../src/mikro-orm.ts'
import { recordModels } from '../../src/sequelize.ts'
import { audited as auditedDataSource } from '../../src/typeorm.ts'
import { PrismaClient } from '../conformance/prisma/generated/client.ts'
import { openPostgres } from '../support/database.ts'
import { readEntries } from '../support/log.ts'
import { compileDecorated } from './compile-models.ts'

let db: Awaited<ReturnType<typeof openPostgres>>
beforeEach(async () => {
  db = await openPostgres()
})
afterEach(async () => {
  await db.close()
})

async function readTracked(): Promise<Record<string, TrackedTable['options']>> {
  const tracked = await createBackstory(db.database).tracked()
  return Object.fromEntries(tracked.map(({ elementType, options }) => [elementType, options]))
}

// what the classes of decorated/ come to, whatever their ORM calls its columns
const account = { snapshotEvery: 10, ignore: ['updated_at'] }

describe.each(['standard', 'legacy'] as const)('classes of MikroORM with %s decorators', (kind) => {
  const load = async () => {
    const classes: Record<'World' | 'Account' | 'Savings' | 'Bank' | 'Visit', new () => object> =
      await import(await compileDecorated('mikro-orm', kind))
    return classes
  }

  test('that are marked are tracked, with their properties, those of a base, an embedded and a kind too', async () => {
    const { World, Account, ...others } = await load()
    const orm = await MikroORM.init({
      entities: [World, Account, ...Object.values(others)],
      clientUrl: db.url,
      extensions: [auditExtension()],
    })
    await orm.schema.update()
    const tracked = {
      account: { ...account, scope: 'world_id', redact: ['secret_word', 'bank_iban'] },
      world: { label: 'name' },
    }
    expect(await readTracked()).toEqual(tracked)
    // the same again, by the other ways
    const backstory = createBackstory(db.database, { orm })
    await backstory.trackAudited(orm)
    await backstory.track(Account)
    expect(await readTracked()).toEqual(tracked)
    await orm.close()
  })
})

describe('classes of TypeORM with decorators', () => {
  test('that are marked are tracked, with their properties, and what is between them', async () => {
    const { World, Account, Savings, Tag }: Record<string, new () => object> = await import(
      await compileDecorated('legacy/typeorm', 'legacy')
    )
    if (World === undefined || Account === undefined) throw new Error('The module has them.')
    const dataSource = await new DataSource({
      type: 'postgres',
      url: db.url,
      entities: [World, Account, Savings ?? Account, Tag ?? World],
      synchronize: true,
    }).initialize()
    const backstory = createBackstory(db.database, { orm: dataSource })
    const tables = await backstory.trackAudited(dataSource)
    const tracked = {
      account: { ...account, scope: 'worldId', redact: ['bankIban', 'secret_word'] },
      account_tags: {},
      world: { label: 'name' },
    }
    expect(await readTracked()).toEqual(tracked)
    expect(tables).toHaveLength(3)
    // the same again, by the other ways
    await backstory.track(Account)
    const queryRunner = dataSource.createQueryRunner()
    for (const { table, options } of auditedTables(queryRunner.dataSource))
      await queryRunner.query(trackSql(table, options))
    await queryRunner.release()
    expect(await readTracked()).toEqual(tracked)
    await dataSource.destroy()
  })
})

describe('schemas of MikroORM', () => {
  const World = defineEntity({
    name: 'World',
    audited: true,
    properties: { id: p.integer().primary(), name: p.text() },
  })
  const Account = defineEntity({
    name: 'Account',
    audited: { scope: 'world', label: 'ownerName', redact: ['secretWord'], ignore: ['touched_at'] },
    properties: {
      id: p.integer().primary(),
      ownerName: p.text(),
      secretWord: p.text().nullable(),
      touchedAt: p.datetime().nullable(),
      world: () => p.manyToOne(World),
    },
  })
  const Visit = new MikroSchema<{ id: number }>({
    name: 'Visit',
    audited: {},
    properties: { id: { type: 'integer', primary: true } },
  })
  const Plain = defineEntity({ name: 'Plain', properties: { id: p.integer().primary() } })
  const tracked = {
    account: { scope: 'world_id', label: 'owner_name', redact: ['secret_word'], ignore: ['touched_at'] },
    visit: {},
    world: {},
  }

  test('that are marked are recorded by listener without a list, by the names of their properties', async () => {
    const orm = await MikroORM.init({
      entities: [World, Account, Visit, Plain],
      clientUrl: db.url,
      extensions: [auditExtension({ capture: 'listener' })],
    })
    await orm.schema.update()
    await createBackstory(db.database).trackAudited(orm, { capture: 'listener' })
    const em = orm.em.fork()
    em.create(Account, {
      id: 1,
      ownerName: 'Ged',
      secretWord: 'Sparrowhawk',
      world: { id: 7, name: 'Earthsea' },
    })
    em.create(Plain, { id: 1 })
    await em.flush()
    expect((await readEntries(db)).map(({ elementType, changes }) => [elementType, changes])).toEqual([
      ['world', { after: { id: 7, name: 'Earthsea' } }],
      ['account', { after: { id: 1, owner_name: 'Ged', world_id: 7 }, redacted: ['secret_word'] }],
    ])
    await orm.close()
  })

  test('are tracked by the schema generator, and by a list beside it, whose options win', async () => {
    const orm = await MikroORM.init({
      entities: [World, Account, Visit, Plain],
      clientUrl: db.url,
      extensions: [auditExtension({ track: [Plain, [Account, { label: 'id' }]] })],
    })
    await orm.schema.update()
    expect(await readTracked()).toEqual({
      ...tracked,
      account: { ...tracked.account, label: 'id' },
      plain: {},
    })
    await orm.close()
  })

  test('that name their tables are read without the MikroORM, by the columns that they name', () => {
    const Named = defineEntity({
      name: 'Named',
      tableName: 'named',
      audited: { redact: ['secretWord', 'note'] },
      properties: { id: p.integer().primary(), secretWord: p.text().fieldName('secret'), note: p.text() },
    })
    expect(trackSql(Named)).toBe(`select backstory.track('named', '{"redact":["secret","note"]}')`)
  })

  test('have options that are checked by their types', () => {
    const properties = { id: p.integer().primary() }
    // @ts-expect-error -- there is no such option
    expect(defineEntity({ name: 'Wrong', audited: { redacted: ['id'] }, properties })).toBeDefined()
    // @ts-expect-error -- the way of capture is that of the extension
    expect(defineEntity({ name: 'Wrong', audited: { capture: 'listener' }, properties })).toBeDefined()
    // @ts-expect-error -- nor of a class
    expect(() => Audited({ redacted: [] })).not.toThrow()
  })
})

describe('schemas of TypeORM', () => {
  interface Account {
    id: number
    iban: string | null
    home: { street: string }
    world?: object
  }
  const Home = new EntitySchema<Account['home']>({
    name: 'Home',
    columns: { street: { type: 'text', audited: 'redact' } },
  })
  const World = new EntitySchema<{ id: number }>({
    name: 'World',
    tableName: 'world',
    audited: true,
    columns: { id: { type: 'int', primary: true } },
  })
  const Account = new EntitySchema<Account>({
    name: 'Account',
    tableName: 'account',
    audited: { scope: 'world', ignore: ['iban'] },
    columns: {
      id: { type: 'int', primary: true },
      iban: { type: 'text', name: 'iban_text', nullable: true },
    },
    embeddeds: { home: { schema: Home } },
    relations: { world: { type: 'many-to-one', target: 'World' } },
  })
  const Plain = new EntitySchema<{ id: number }>({
    name: 'Plain',
    tableName: 'plain',
    columns: { id: { type: 'int', primary: true } },
  })

  test('that are marked are recorded by listener without a list', async () => {
    const dataSource = auditedDataSource(
      await new DataSource({
        type: 'postgres',
        url: db.url,
        entities: { World, Account, Plain },
        synchronize: true,
      }).initialize(),
      { capture: 'listener' },
    )
    await createBackstory(db.database).trackAudited(dataSource, { capture: 'listener' })
    expect(await readTracked()).toEqual({
      account: { capture: 'listener', scope: 'worldId', ignore: ['iban_text'], redact: ['homeStreet'] },
      world: { capture: 'listener' },
    })
    await dataSource.manager.save(Account, { id: 1, iban: 'DE1', home: { street: 'High St' } })
    await dataSource.manager.save(Plain, { id: 1 })
    expect((await readEntries(db)).map(({ elementType, changes }) => [elementType, changes])).toEqual([
      ['account', { after: { id: 1, worldId: null }, redacted: ['homeStreet'] }],
    ])
    await dataSource.destroy()
  })

  test('that name their tables are read without the DataSource, by the columns that they name', () => {
    const Named = new EntitySchema<{ id: number; iban: string }>({
      name: 'Named',
      tableName: 'named',
      audited: { label: 'id' },
      columns: {
        id: { type: 'int', primary: true },
        iban: { type: 'text', name: 'iban_text', audited: 'redact' },
      },
    })
    expect(trackSql(Named)).toBe(`select backstory.track('named', '{"label":"id","redact":["iban_text"]}')`)
    expect(() => trackSql(Account)).toThrow('{ orm: dataSource }')
  })

  test('have options that are checked by their types', () => {
    const columns = { id: { type: 'int', primary: true } } as const
    // @ts-expect-error -- there is no such option
    expect(new EntitySchema({ name: 'Wrong', audited: { redacted: [] }, columns })).toBeDefined()
    expect(
      new EntitySchema<{ id: number }>({
        name: 'Wrong',
        // @ts-expect-error -- there is no such mark
        columns: { id: { type: 'int', audited: 'redacted' } },
      }),
    ).toBeDefined()
  })
})

describe('models of Sequelize', () => {
  const define = () => {
    const sequelize = new Sequelize(db.url, { logging: false })
    const World = sequelize.define('World', { name: DataTypes.TEXT }, { tableName: 'world', audited: true })
    const Account = sequelize.define(
      'Account',
      {
        iban: { type: DataTypes.TEXT, field: 'iban_text', audited: 'redact' },
        worldId: { type: DataTypes.INTEGER, audited: 'scope' },
        shown: { type: DataTypes.VIRTUAL },
      },
      { tableName: 'account', audited: { ignore: ['createdAt', 'updatedAt'], label: 'worldId' } },
    )
    const Plain = sequelize.define('Plain', {}, { tableName: 'plain', timestamps: false })
    Account.belongsToMany(Plain, { through: 'account_plains' })
    return { sequelize, World, Account, Plain }
  }

  test('that are marked are recorded by listener without a list, and what is between them', async () => {
    const { sequelize, Account, Plain } = define()
    await sequelize.sync()
    const backstory = createBackstory(db.database)
    await backstory.trackAudited(sequelize, { capture: 'listener' })
    const between = { ignore: ['createdAt', 'updatedAt'] }
    expect(await readTracked()).toEqual({
      account: { ...between, capture: 'listener', label: 'worldId', scope: 'worldId', redact: ['iban_text'] },
      account_plains: { ...between, capture: 'listener' },
      world: { capture: 'listener' },
    })
    recordModels(sequelize)
    await Account.create({ iban: 'DE1', worldId: 7 })
    await Plain.create({})
    await sequelize.model('account_plains').create({ AccountId: 1, PlainId: 1 })
    expect(
      (await readEntries(db)).map(({ elementType, scope, changes }) => [elementType, scope, changes]),
    ).toEqual([
      ['account', '7', { after: { id: 1, worldId: 7 }, redacted: ['iban_text'] }],
      ['account_plains', null, { after: { AccountId: 1, PlainId: 1 } }],
    ])
    expect(trackSql(Account, { label: 'worldId', capture: 'listener' })).toContain('"redact":["iban_text"]')
    await sequelize.close()
  })

  test('are recorded with what is between them by the methods of their associations', async () => {
    const { sequelize, Account, Plain } = define()
    await sequelize.sync()
    await createBackstory(db.database).trackAudited(sequelize, { capture: 'listener' })
    recordModels(sequelize)
    const owner = await Account.create({ iban: 'DE1', worldId: 7 })
    const plain = await Plain.create({})
    await Reflect.get(owner, 'addPlain').call(owner, plain)
    await Reflect.get(owner, 'setPlains').call(owner, [])
    expect((await readEntries(db)).map(({ elementType, action }) => `${action} ${elementType}`)).toEqual([
      'insert account',
      'insert account_plains',
      'delete account_plains',
    ])
    await sequelize.close()
  })

  test('are marked all at once by the options of the Sequelize, but for those that say no', async () => {
    const sequelize = new Sequelize(db.url, { define: { audited: { ignore: ['updatedAt'] } } })
    const World = sequelize.define('World', {}, { tableName: 'world' })
    const Tag = sequelize.define('Tag', {}, { tableName: 'tag', timestamps: false, audited: true })
    sequelize.define('Plain', {}, { tableName: 'plain', audited: false })
    World.belongsToMany(Tag, { through: 'world_tags' })
    expect(auditedTables(sequelize)).toEqual([
      { table: 'world', options: { ignore: ['updatedAt'] } },
      { table: 'tag', options: {} },
      { table: 'world_tags', options: { ignore: ['updatedAt'] } },
    ])
    await sequelize.close()
  })

  test('have options that are checked by their types', async () => {
    const { sequelize } = define()
    // @ts-expect-error -- there is no such option
    sequelize.define('Wrong', {}, { audited: { redacted: [] } })
    const columns = { iban: { type: DataTypes.TEXT, audited: 'redacted' } } as const
    // @ts-expect-error -- there is no such mark
    sequelize.define('Wrong', columns, { audited: true })
    expect(() => auditedTables(sequelize)).toThrow('Wrong.iban')
    await sequelize.close()
  })
})

describe('tables of Drizzle', () => {
  const columns = {
    id: integer().primaryKey(),
    ownerName: text('owner_name'),
    iban: text(),
  }
  const accounts = audited(pgTable('accounts', columns), { label: 'ownerName', redact: ['iban'] })

  test('that are marked are found in the schema, and their options by either name of a column', async () => {
    const schema = { accounts, worlds: audited(pgTable('worlds', columns)), plain: pgTable('plain', columns) }
    expect(auditedTables(schema)).toEqual([
      { table: 'accounts', options: { label: 'owner_name', redact: ['iban'] } },
      { table: 'worlds', options: {} },
    ])
    await db.run('create table accounts (id integer primary key, owner_name text, iban text)')
    await createBackstory(db.database).track(accounts, { label: 'id', ignore: ['ownerName'] })
    expect(await readTracked()).toEqual({
      accounts: { label: 'id', ignore: ['owner_name'], redact: ['iban'] },
    })
  })

  test('have options that are checked by their types', () => {
    expectTypeOf(accounts).toEqualTypeOf(pgTable('accounts', columns))
    audited(pgTable('accounts', columns), { ignore: ['owner_name', 'ownerName'] })
    // @ts-expect-error -- there is no such column
    audited(pgTable('accounts', columns), { ignore: ['owner'] })
  })
})

describe('models of Prisma', () => {
  test('that are marked are found by the client, and their marks by its models', async () => {
    const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: db.url }) })
    const options = { scope: 'world_id', label: 'name', ignore: ['aliases'], redact: ['note'] }
    expect(auditedTables(prisma)).toEqual([{ table: 'elements', key: ['id'], options }])
    expect(trackSql(prisma.element, { label: 'id' })).toBe(
      `select backstory.track('elements', '${JSON.stringify({ ...options, label: 'id' })}')`,
    )
    await prisma.$disconnect()
  })
})
