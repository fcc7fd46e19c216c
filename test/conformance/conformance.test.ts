import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { drivers } from './drivers.ts'
import { declaredCell, renderMatrix, type Cell, type Column } from './matrix.ts'
import { pagePath, renderPage } from './page.ts'
import { scenarioNames, type ScenarioName } from './scenario-names.ts'
import { scenarios } from './scenarios.ts'
import { openWorkbench, type Outcome, type Workbench } from './workbench.ts'

const found: Column[] = []

describe.each(drivers.flatMap((driver) => driver.captures.map((capture) => ({ driver, capture }))))(
  '$driver.name with $capture capture',
  ({ driver, capture }) => {
    const cells = new Map<ScenarioName, Cell>()
    found.push({ driver: driver.name, capture, cells })
    let bench: Workbench
    beforeAll(async () => {
      bench = await openWorkbench(driver, capture)
    })
    afterAll(async () => {
      await bench.close()
    })

    test.each(scenarioNames.filter((name) => driver.unsupported[name] === undefined))('%s', async (name) => {
      const outcome = await bench.run(scenarios[name])
      const declared = declaredCell(driver, capture, name)
      if (declared === 'recorded') {
        if (outcome.error !== undefined) throw outcome.error
        expect(outcome.entries).toEqual(outcome.expected)
      } else {
        expect(outcomeOf(outcome), 'A gap that is declared has to be one.').toBe(declared)
      }
      cells.set(name, declared)
    })

    test.skipIf(Object.keys(driver.unsupported).length === 0).each(Object.entries(driver.unsupported))(
      'leaves out: %s (%s)',
      (name) => {
        const scenario = scenarioNames.find((known) => known === name)
        if (scenario !== undefined) cells.set(scenario, 'unsupported')
        expect(scenario).toBeDefined()
      },
    )
  },
)

/** What a write has come to that a driver declares to be a gap. */
function outcomeOf({ entries, expected, error }: Outcome): Cell | 'wrong' {
  if (error === undefined && entries.length === 0) return expected.length === 0 ? 'recorded' : 'unseen'
  const rest = [...expected]
  const known = entries.every((entry) => {
    const place = rest.findIndex((candidate) => isDeepStrictEqual(candidate, entry))
    if (place >= 0) rest.splice(place, 1)
    return place >= 0
  })
  if (!known) return 'wrong'
  // what the scenario did before is recorded
  if (error !== undefined) return 'refused'
  return rest.length === 0 ? 'recorded' : 'partly'
}

afterAll(() => {
  console.log(renderMatrix(found.filter(({ cells }) => cells.size > 0)))
})

test('the documentation shows the matrix of this suite', async () => {
  expect(
    await readFile(join(import.meta.dirname, '../..', pagePath), 'utf8'),
    'Run npm run conformance.',
  ).toBe(renderPage(drivers))
})
