import { existsSync } from 'node:fs'
import { join } from 'node:path'

import type { Workplace } from '../scenario.ts'
import { auditTrigger } from './audit-trigger.ts'
import { backstory } from './backstory.ts'
import { bare } from './bare.ts'
import { carbonite } from './carbonite.ts'
import type { Capture } from './capture.ts'
import { generic } from './generic.ts'
import { limit } from './limit.ts'
import { logidze } from './logidze.ts'
import { pghistory, pghistoryByStatement } from './pghistory.ts'
import { pgMemento } from './pgmemento.ts'
import { supaAudit } from './supa-audit.ts'
import { tableLog } from './table-log.ts'

/** The write alone, what any capture must pay, Backstory, and what people write by hand. */
export const yardsticks: readonly Capture[] = [bare, limit, backstory, generic]

/** Those of others, in the order of their names. */
export const peers: readonly Capture[] = [
  auditTrigger,
  carbonite,
  pghistory,
  pghistoryByStatement,
  logidze,
  pgMemento,
  supaAudit,
  tableLog,
]

/** Why a capture cannot be measured here, or undefined. */
export function findObstacle(
  { extensions = [], checkout }: Capture,
  { databases, peers: folder }: Workplace,
): string | undefined {
  const missing = extensions.find((extension) => !databases.extensions.has(extension))
  if (missing !== undefined) return `the server has no extension ${missing}`
  if (checkout === undefined) return undefined
  if (folder === undefined) return 'no --peers'
  return existsSync(join(folder, checkout)) ? undefined : `${folder} has no ${checkout}`
}
