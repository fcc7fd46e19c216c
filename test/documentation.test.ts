import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { openPostgres } from './support/database.ts'
import { openPrintedPrograms, readBlocks } from './support/printed-code.ts'

describe('the README', () => {
  let db: Awaited<ReturnType<typeof openPostgres>>
  let programs: Awaited<ReturnType<typeof openPrintedPrograms>>
  beforeAll(async () => {
    db = await openPostgres({ template: 'empty' })
    programs = await openPrintedPrograms()
  })
  afterAll(async () => {
    await db.close()
    await programs.close()
  })

  test('shows code that runs as printed, and twice', async () => {
    const [program] = await readBlocks('README.md', 'ts')
    const stdout = await programs.run(program ?? '', db.url)
    expect(stdout).toContain('Sparrowhawk')
    expect(stdout).toContain('bo update')
    expect(stdout).toContain('ada insert')
    await programs.run(program ?? '', db.url)
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
