import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { openPostgres } from '../support/database.ts'

const root = resolve(import.meta.dirname, '../..')
const folder = join(root, 'node_modules/.cache/backstory-orm-guide')
const guide = await readFile(join(root, 'docs/guide/orms.md'), 'utf8')

/** The sections of the guide whose code is a whole program. */
const programs = guide.split(/^## /m).flatMap((section) => {
  const program = /^```ts\n([\s\S]*?)^```/m.exec(section)?.[1]
  return program?.includes('await actingAs(') ? [{ name: section.split('\n')[0] ?? '', program }] : []
})

let db: Awaited<ReturnType<typeof openPostgres>>
beforeAll(async () => {
  db = await openPostgres()
  await db.run(/^```sql\n([\s\S]*?)^```/m.exec(guide)?.[1] ?? '')
  await mkdir(folder, { recursive: true })
})
afterAll(async () => {
  await db.close()
  await rm(folder, { recursive: true, force: true })
})

test.each(programs)(
  'the program for $name runs as printed and names its actor',
  async ({ name, program }) => {
    const source = stripTypeScriptTypes(program)
      .replaceAll(`from 'backstory'`, `from '${join(root, 'src/index.ts')}'`)
      .replaceAll(/from 'backstory\/(\w+)'/g, `from '${join(root, 'src')}/$1.ts'`)
      .replace('./generated/', `${join(root, 'test/conformance/prisma/generated')}/`)
    const file = join(folder, `${name.replaceAll(/\W/g, '-')}.mjs`)
    await writeFile(file, source)
    await promisify(execFile)(process.execPath, [file], { env: { ...process.env, DATABASE_URL: db.url } })
    const entries = await db.query(
      `select user_id, action, changes -> 'after' ->> 'name' as name from audit_logs order by id desc limit 1`,
    )
    expect(entries).toEqual([{ user_id: 'ada', action: 'insert', name: 'Earthsea' }])
    await db.run('truncate worlds')
  },
)

test('every program of the guide is one of these', () => {
  expect(programs.map(({ name }) => name)).toEqual([
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
