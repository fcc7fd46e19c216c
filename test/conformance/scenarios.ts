import type { Scenario } from './scenario.ts'
import type { ScenarioName } from './scenario-names.ts'
import { actors } from './scenarios/actors.ts'
import { manyRows } from './scenarios/many-rows.ts'
import { oneRow } from './scenarios/one-row.ts'
import { transactions } from './scenarios/transactions.ts'
import { values } from './scenarios/values.ts'

/** Every scenario, written once for all ORMs and capture ways. */
export const scenarios: Readonly<Record<ScenarioName, Scenario>> = {
  ...oneRow,
  ...manyRows,
  ...values,
  ...transactions,
  ...actors,
}
