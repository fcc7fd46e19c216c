import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { openPostgres } from './support/database.ts'

const root = resolve(import.meta.dirname, '..')
const folder = join(root, 'node_modules/.cache/backstory-documentation')

/** The code blocks of a page in a language, in order. */
async function readBlocks(page: string, language: string): Promise<readonly string[]> {
  const text = await readFile(join(root, page), 'utf8')
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    (match) => match[1] ?? '',
  )
}

describe('the README', () => {
  let db: Awaited<ReturnType<typeof openPostgres>>
  beforeAll(async () => {
    db = await openPostgres({ template: 'empty' })
    await mkdir(folder, { recursive: true })
  })
  afterAll(async () => {
    await db.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('shows code that runs as printed, and twice', async () => {
    const [program] = await readBlocks('README.md', 'ts')
    const source = stripTypeScriptTypes(program ?? '')
      .replaceAll(`from 'backstory'`, `from '${join(root, 'src/index.ts')}'`)
      .replaceAll(/from 'backstory\/(\w+)'/g, `from '${join(root, 'src')}/$1.ts'`)
    const file = join(folder, 'readme.mjs')
    await writeFile(file, source)
    const run = () =>
      promisify(execFile)(process.execPath, [file], {
        env: { ...process.env, DATABASE_URL: db.url },
        encoding: 'utf8',
      })
    const { stdout } = await run()
    expect(stdout).toContain('Sparrowhawk')
    expect(stdout).toContain('bo update')
    expect(stdout).toContain('ada insert')
    await run()
    const [row] = await db.query('select count(*)::int as entries from audit_logs')
    expect(row?.['entries']).toBe(4)
  })

  test('shows SQL for migrations that runs as printed', async () => {
    const [, track] = await readBlocks('README.md', 'sql')
    await db.run(track ?? '')
    expect(await db.query(`select options ->> 'scope' as scope from backstory.tracked`)).toEqual([
      { scope: 'world_id' },
    ])
  })
})
