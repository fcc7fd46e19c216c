import { apply, diff, formatJson, parseJson, rewind } from 'backstory'
import type { Backstory, Entry, JsonObject, JsonValue } from 'backstory'
import type pg from 'pg'

import { isJsonObject } from '../json-object.ts'
import type { Check } from '../print/checklist.ts'
import type { Application } from './application.ts'
import { checkBlindSpot, checkContinuity } from './check-continuity.ts'
import * as seed from './seed.ts'
import { find, forgottenName, type Cast } from './story.ts'
import type { Written } from './tally.ts'

/** Compares the log with what was written and with what is there now. Every check must hold. */
export async function checkLog(
  application: Application,
  known: { readonly cast: Cast; readonly written: readonly Written[] },
): Promise<readonly Check[]> {
  const { pool, backstory } = application
  const entries: Entry[] = []
  for await (const entry of backstory.entries({ order: 'oldest', limit: 500 })) entries.push(entry)
  return [
    checkCounts(entries, known.written),
    checkActors(entries, known.written),
    checkSignatures(entries),
    checkAgent(entries),
    await checkStates(pool, backstory, entries),
    checkRollback(entries),
    await checkDeleted(backstory, known.cast, entries),
    await checkSecret(pool),
    await checkContinuity(backstory),
    // triggers have none: the script wrote past the application, and is among the actors
    ...(application.capture === 'listener' ? [await checkBlindSpot(application)] : []),
  ]
}

function checkCounts(entries: readonly Entry[], written: readonly Written[]): Check {
  const writes = written.reduce((sum, { rows }) => sum + rows, 0)
  return {
    claim: 'every write has its entry, and no entry is without a write',
    held: entries.length === writes,
    found: `${writes} rows written, ${entries.length} entries`,
  }
}

function checkActors(entries: readonly Entry[], written: readonly Written[]): Check {
  const wrong = written.filter(({ actor, action, table, rows }) => {
    const found = entries.filter(
      (entry) => entry.userId === actor && entry.action === action && entry.elementType === table,
    )
    return found.length !== rows
  })
  const unnamed = entries.filter(({ userId }) => userId === null).length
  return {
    claim: 'every entry names the actor who wrote it, cascades and scripts included',
    held: wrong.length + unnamed === 0,
    found: `${new Set(written.map(({ actor }) => actor)).size} actors, ${wrong.length + unnamed} wrong`,
  }
}

// the authors sign their concurrent edits in the data itself
function checkSignatures(entries: readonly Entry[]): Check {
  const signed = entries.flatMap((entry) => {
    const signature = parseSignature(entry)
    return signature === undefined ? [] : [{ signature, userId: entry.userId }]
  })
  const wrong = signed.filter(({ signature, userId }) => signature !== userId).length
  return {
    claim: 'of edits made at the same time over shared connections, none carries another author',
    held: signed.length > 0 && wrong === 0,
    found: `${signed.length} signed edits, ${wrong} wrong`,
  }
}

function parseSignature({ changes }: Entry): string | undefined {
  const text = formatJson(changes?.after?.['attributes'] ?? null)
  return /"last":"(\w+)"/.exec(text)?.[1]
}

function checkAgent(entries: readonly Entry[]): Check {
  const ofAgent = entries.filter(({ context }) => context?.['actorKind'] === 'agent')
  return {
    claim: 'what the agent did says for whom',
    held: ofAgent.length === 1 && ofAgent.every(({ context }) => context?.['onBehalfOf'] === 'ada'),
    found: `${ofAgent.length} entry of muse, on behalf of ada`,
  }
}

async function checkStates(
  pool: pg.Pool,
  backstory: Backstory<pg.Pool>,
  entries: readonly Entry[],
): Promise<Check> {
  const live = await readLiveStates(pool, backstory)
  const rebuilt = new Map<string, JsonObject | null>()
  for (const { elementType, elementId, changes } of entries) {
    const key = `${elementType} ${elementId}`
    rebuilt.set(key, apply(rebuilt.get(key) ?? null, changes))
  }
  const rewound = new Map<string, JsonObject | null>(live)
  for (const { elementType, elementId, changes } of entries.toReversed()) {
    const key = `${elementType} ${elementId}`
    rewound.set(key, rewind(rewound.get(key) ?? null, changes))
  }
  const keys = [...new Set([...live.keys(), ...rebuilt.keys()])]
  const different = keys.filter(
    (key) => diff(rebuilt.get(key) ?? null, live.get(key) ?? null) !== null,
  ).length
  const left = [...rewound.values()].filter((state) => state !== null).length
  return {
    claim:
      'the state rebuilt from the log is the live row, and rewound from it is nothing, for every element',
    held: live.size > 0 && different + left === 0,
    found: `${live.size} elements alive, ${keys.length - live.size} gone; ${different + left} differ`,
  }
}

async function readLiveStates(
  pool: pg.Pool,
  backstory: Backstory<pg.Pool>,
): Promise<ReadonlyMap<string, JsonObject>> {
  const states = new Map<string, JsonObject>()
  for (const { elementType, key, options } of await backstory.tracked()) {
    const { rows } = await pool.query<{ row: string }>(
      `select to_jsonb(t)::text as row from ${elementType} t`,
    )
    const unrecorded = new Set([...(options.ignore ?? []), ...(options.redact ?? [])])
    for (const { row } of rows) {
      const image = parseJson(row)
      if (!isJsonObject(image)) throw new Error(`A row of ${elementType} is ${row}.`)
      const elementId = formatKey(key.map((column) => image[column] ?? null))
      const recorded = Object.entries(image).filter(([column]) => !unrecorded.has(column))
      states.set(`${elementType} ${elementId}`, Object.fromEntries(recorded))
    }
  }
  return states
}

function formatKey(parts: readonly JsonValue[]): string {
  const [first] = parts
  return parts.length === 1 && typeof first === 'string'
    ? first
    : formatJson(parts.length === 1 ? (first ?? null) : parts)
}

function checkRollback(entries: readonly Entry[]): Check {
  const found = entries.filter(({ changes }) => changes?.after?.['name'] === forgottenName).length
  return {
    claim: 'what was rolled back, and what changed nothing, left no entry',
    held: found === 0 && entries.every(({ context }) => context?.['reason'] !== 'saved twice'),
    found: `${found} entries of “${forgottenName}”`,
  }
}

async function checkDeleted(
  backstory: Backstory<pg.Pool>,
  cast: Cast,
  entries: readonly Entry[],
): Promise<Check> {
  const id = find(cast, seed.sinkingPlace)
  const own = entries.filter(({ elementId }) => elementId === id)
  const [deletion, last] = [own.at(-1), own.at(-2)]
  const place = backstory.element('world_elements', id)
  const before = last === undefined ? null : await place.at(last)
  const after = deletion === undefined ? undefined : await place.at(deletion)
  return {
    claim: `what was deleted can still be read as it was: ${seed.sinkingPlace}`,
    held: deletion?.action === 'delete' && before?.['name'] === seed.sinkingPlace && after === null,
    found: `${own.length} entries, the last one a deletion by ${deletion?.userId ?? 'nobody'}`,
  }
}

async function checkSecret(pool: pg.Pool): Promise<Check> {
  const { rows } = await pool.query<{ entries: string }>(
    'select count(*)::text as entries from audit_logs a where strpos(a::text, $1) > 0',
    [seed.secret],
  )
  const { rows: redacted } = await pool.query<{ entries: string }>(
    `select count(*)::text as entries from audit_logs where changes @> '{"redacted": ["secret_notes"]}'`,
  )
  return {
    claim: 'the secret notes stand nowhere in the log, that they changed does',
    held: rows[0]?.entries === '0' && redacted[0]?.entries !== '0',
    found: `${rows[0]?.entries} entries with the secret, ${redacted[0]?.entries} that say it was written`,
  }
}
