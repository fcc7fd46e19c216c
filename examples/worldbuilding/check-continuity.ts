import type { Backstory } from 'backstory'
import type pg from 'pg'

import type { Check } from '../print/checklist.ts'
import type { Application } from './application.ts'
import * as seed from './seed.ts'

/** Whether each entry goes on where the one before it ended, and the last one ends at the row: nothing escaped the log. */
export async function checkContinuity(backstory: Backstory<pg.Pool>): Promise<Check> {
  const { gaps, isComplete } = await backstory.check()
  return {
    claim: 'backstory.check() finds no write that escaped the log',
    held: gaps.length === 0 && isComplete,
    found: `${gaps.length} gaps`,
  }
}

/** What listeners cannot see: SQL past MikroORM. It leaves no entry, and is found afterwards; then it is taken back. */
export async function checkBlindSpot({ backstory, pool }: Application): Promise<Check> {
  const write = (premise: string) => pool.query('update worlds set premise = $1', [premise])
  await write('Somebody wrote this past MikroORM.')
  const { gaps } = await backstory.check()
  await write(seed.world.premise)
  return {
    claim: 'SQL past MikroORM, which listeners cannot see, is found by backstory.check()',
    held: gaps.length === 1 && gaps[0]?.path === '/premise',
    found: gaps.map(({ elementType, path }) => `${elementType} ${path}`).join(', '),
  }
}
