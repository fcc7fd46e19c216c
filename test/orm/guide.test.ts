import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { openPostgres } from '../support/database.ts'
import { openPrintedPrograms, readBlocks } from '../support/printed-code.ts'

const page = 'docs/guide/orms.md'
const guide = await readFile(resolve(import.meta.dirname, '../..', page), 'utf8')

/** The sections of the guide whose code is a whole program. */
const wholePrograms = guide.split(/^## /m).flatMap((section) => {
  const program = /^```ts\n([\s\S]*?)^```/m.exec(section)?.[1]
  return program?.includes('await actingAs(') ? [{ name: section.split('\n')[0] ?? '', program }] : []
})

let db: Awaited<ReturnType<typeof openPostgres>>
let programs: Awaited<ReturnType<typeof openPrintedPrograms>>
beforeAll(async () => {
  db = await openPostgres()
  const [tables = ''] = await readBlocks(page, 'sql')
  await db.run(tables)
  programs = await openPrintedPrograms()
})
afterAll(async () => {
  await db.close()
  await programs.close()
})
afterEach(async () => {
  await db.run('truncate worlds cascade')
})

async function readLast(): Promise<unknown> {
  const [entry] = await db.query(
    `select user_id, action, changes -> 'after' ->> 'name' as name from audit_logs order by id desc limit 1`,
  )
  return entry
}
const written = { user_id: 'ada', action: 'insert', name: 'Earthsea' }

test.each(wholePrograms)('the program for $name runs as printed and names its actor', async ({ program }) => {
  await programs.run(program, db.url)
  expect(await readLast()).toEqual(written)
})

test('every program of the guide is one of these', () => {
  expect(wholePrograms.map(({ name }) => name)).toEqual([
    'pg',
    'postgres.js',
    'Drizzle',
    'Kysely',
    'Knex',
    'Prisma',
    'Sequelize',
    'MikroORM',
    'TypeORM',
  ])
})

/** The program of a section up to its first write, to which a fragment can be added. */
async function beginningOf(section: string): Promise<string> {
  const [program = ''] = await readBlocks(page, 'ts', section)
  return program.slice(0, program.indexOf('await actingAs('))
}

describe('without triggers', () => {
  beforeAll(async () => {
    await createBackstory(db.database).untrack('worlds')
    await createBackstory(db.database).track('worlds', { capture: 'listener' })
  })
  afterAll(async () => {
    await createBackstory(db.database).untrack('worlds')
    await createBackstory(db.database).track('worlds')
  })

  test('Kysely records by the dialect as printed', async () => {
    const beginning = await beginningOf('Kysely')
    const [, fragment = ''] = await readBlocks(page, 'ts', 'Without triggers').then((blocks) => [
      '',
      blocks[0],
    ])
    await programs.run(
      `${beginning.replace(/const db = [\s\S]*/, '')}
       ${fragment}
       await actingAs({ userId: 'ada' }, () => db.insertInto('worlds').values({ name: 'Earthsea' }).execute())
       await db.destroy()`,
      db.url,
    )
    expect(await readLast()).toEqual(written)
  })

  test.each([1, 2])('Prisma records by the adapter as printed (%i)', async (place) => {
    const beginning = await beginningOf('Prisma')
    const fragments = await readBlocks(page, 'ts', 'Without triggers')
    await programs.write(
      'prisma/schema.prisma',
      '/// @audited\nmodel World {\n  id Int @id\n  @@map("worlds")\n}\n',
    )
    await programs.run(
      `import { readFile } from 'node:fs/promises'
       ${place === 1 ? '' : `import { auditAdapter, auditedModels } from 'backstory/prisma'`}
       ${beginning.replace(/const prisma = .*/, '')}
       ${fragments[place] ?? ''}
       const prisma = new PrismaClient({ adapter })
       await actingAs({ userId: 'ada' }, () => prisma.world.create({ data: { name: 'Earthsea' } }))
       await prisma.$disconnect()
       await pool.end()`,
      db.url,
    )
    expect(await readLast()).toEqual(written)
  })
})

test('entities stand in place of names as printed', async () => {
  const [fragment = ''] = await readBlocks(page, 'ts', 'Entities in place of names')
  const stdout = await programs.run(
    `${await beginningOf('TypeORM')}
     import { createBackstory } from 'backstory'
     const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'] })
     await pool.query("insert into worlds (id, name) values (1, 'Earthsea')")
     ${fragment.replace(`at('2026-01-31')`, 'at()')}
     console.log(state.name, (await backstory.tracked())[0].options.label)
     await dataSource.destroy()
     await pool.end()`,
    db.url,
  )
  expect(fragment).toContain(`at('2026-01-31')`)
  expect(stdout.trim()).toBe('Earthsea name')
})

describe.each(['mikro-orm', 'typeorm', 'sequelize'])('the page of %s', (name) => {
  test('begins with a program that runs as printed', async () => {
    const own = await openPostgres({ template: 'empty' })
    const [program = ''] = await readBlocks(`docs/orms/${name}.md`, 'ts')
    const stdout = await programs.run(program, own.url)
    expect(stdout).toMatch(/^ada \{ after: \{ id: 1, name: 'Earthsea' \} \}$/m)
    expect(await createBackstory(own.database).tracked()).toMatchObject([
      { elementType: 'world', options: { capture: 'listener', label: 'name' } },
    ])
    await own.close()
  })
})
