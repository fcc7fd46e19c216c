import type { Scenario } from '../scenario.ts'
import { bulk } from './bulk.ts'
import { context } from './context.ts'
import { singleRow } from './single-row.ts'

/** All scenarios, in the order in which they run. */
export const scenarios: readonly Scenario[] = [singleRow, bulk, context]
