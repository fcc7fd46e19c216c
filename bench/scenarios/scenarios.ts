import type { Scenario } from '../scenario.ts'
import { bulk } from './bulk.ts'
import { commit } from './commit.ts'
import { context } from './context.ts'
import { documentDiff } from './document-diff.ts'
import { growth } from './growth.ts'
import { history } from './history.ts'
import { listeners } from './listeners.ts'
import { logShapes } from './log-shapes.ts'
import { nodePeers } from './node-peers.ts'
import { singleRow } from './single-row.ts'
import { snapshots } from './snapshots.ts'

/** All scenarios, in the order in which they run. */
export const scenarios: readonly Scenario[] = [
  singleRow,
  bulk,
  context,
  commit,
  logShapes,
  history,
  growth,
  snapshots,
  listeners,
  documentDiff,
  nodePeers,
]
