import { randomUUID } from 'node:crypto'

import { defineEntity, MikroORM, p, type EntityManager } from '@mikro-orm/postgresql'
import { actingAs } from 'backstory'
import { auditExtension } from 'backstory/mikro-orm'

import { backstory, listened } from '../captures/backstory.ts'
import { bare } from '../captures/bare.ts'
import type { Capture } from '../captures/capture.ts'
import { elementId } from '../elements.ts'
import { newRow } from '../node-peers/node-peer.ts'
import { runRounds, withFacts } from '../rounds.ts'
import type { Finding, Goal, Scenario, Workplace } from '../scenario.ts'
import { countEntries, withSubjects, type Subject } from '../subjects.ts'

const Element = defineEntity({
  name: 'Element',
  tableName: 'elements',
  properties: {
    id: p.uuid().primary(),
    world_id: p.integer(),
    kind: p.text(),
    name: p.text(),
    summary: p.text(),
    body: p.text(),
    attributes: p.json(),
    rank: p.integer(),
    score: p.decimal('string'),
    hidden: p.boolean(),
    created_at: p.datetime(),
    updated_at: p.datetime(),
  },
})

type Kind = 'update' | 'insert'

/** The way of a flush: the unit of work itself, or with what a listener cannot do without, sent by hand. */
type Flush = (em: EntityManager, ids: readonly string[], kind: Kind) => Promise<unknown>

/** A subject whose rows MikroORM writes. */
interface Participant {
  readonly subject: Subject
  readonly orm: MikroORM
  readonly flush: Flush
}

const nobody: Capture = { ...bare, name: 'nobody' }
// Backstory's log is there, and nobody writes to it but the floor
const floor: Capture = { ...listened, name: 'floor' }
const trigger: Capture = { ...backstory, name: 'Backstory, trigger' }
const listener: Capture = { ...listened, name: 'Backstory, listener' }

/** Flushes of MikroORM, one element, ten, a thousand: watched by nobody, by triggers, by its own events. */
export const listeners: Scenario = {
  name: 'listeners',
  run: (workplace) =>
    withSubjects(workplace, [nobody, floor, trigger, listener], async function* ({ subjects }) {
      const participants: Participant[] = []
      try {
        for (const subject of subjects) {
          participants.push({ subject, orm: await open(subject), flush: flushOf(subject.capture) })
        }
        for (const size of workplace.quick ? [1, 10] : [1, 10, 1000]) {
          yield await measureUpdates(workplace, participants, size)
          yield await measureInserts(workplace, participants, size)
        }
      } finally {
        for (const { orm } of participants) await orm.close()
      }
    }),
}

async function open({ capture, connection }: Subject): Promise<MikroORM> {
  const { host, port, user, password, database } = connection
  return MikroORM.init({
    entities: [Element],
    dbName: database ?? '',
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    pool: { max: 1 },
    extensions:
      capture === trigger
        ? [auditExtension({ track: [Element] })]
        : capture === listener
          ? [auditExtension({ track: [Element], capture: 'listener' })]
          : [],
  })
}

function flushOf(capture: Capture): Flush {
  return capture === floor ? flushByHand : (em) => em.flush()
}

// what a listener cannot do without: an update has to be seen as it was, under its lock; an insert has not
async function flushByHand(em: EntityManager, ids: readonly string[], kind: Kind): Promise<void> {
  // as the text of an array: MikroORM makes a list of one
  const keys = `{${ids.join(',')}}`
  await em.transactional(async (transaction) => {
    if (kind === 'update') {
      await transaction.execute('select id from public.elements where id = any (?::uuid[]) for update', [
        keys,
      ])
    }
    await transaction.flush()
    await transaction.execute(
      `insert into public.audit_logs (element_type, element_id, user_id, action, changes)
       select 'elements', id, 'ada', ?, ?::jsonb
       from unnest(?::text[]) as id`,
      [kind, readyChanges[kind], keys],
    )
  })
}

const readyChanges: Readonly<Record<Kind, string>> = {
  update: JSON.stringify({ before: { rank: 100_000_000 }, after: { rank: 100_000_001 } }),
  insert: JSON.stringify({
    after: { id: elementId(1), ...newRow, created_at: new Date(0), updated_at: new Date(0) },
  }),
}

async function measureUpdates(
  workplace: Workplace,
  participants: readonly Participant[],
  size: number,
): Promise<Finding> {
  return measure(workplace, participants, { kind: 'update', size }, async (em) => {
    const first = Math.floor(Math.random() * Math.max(1, workplace.rows - size))
    const ids = Array.from({ length: size }, (_, index) => elementId(1 + first + index))
    const found = await em.find(Element, { id: { $in: ids } })
    for (const element of found) element.rank = Math.floor(Math.random() * 1e9)
    return ids
  })
}

async function measureInserts(
  workplace: Workplace,
  participants: readonly Participant[],
  size: number,
): Promise<Finding> {
  return measure(workplace, participants, { kind: 'insert', size }, async (em) => {
    const ids = Array.from({ length: size }, () => randomUUID())
    for (const id of ids) {
      em.create(Element, { id, ...newRow, created_at: new Date(), updated_at: new Date() })
    }
    return ids
  })
}

async function measure(
  { rounds, writes }: Workplace,
  participants: readonly Participant[],
  { kind, size }: { readonly kind: Kind; readonly size: number },
  change: (em: EntityManager) => Promise<readonly string[]>,
): Promise<Finding> {
  const flushes = Math.max(1, Math.ceil(writes / 4 / size))
  const run = async ({ subject: { client }, orm, flush }: Participant, times: number): Promise<number> => {
    await client.query('vacuum public.elements')
    let tookMs = 0
    for (let done = 0; done < times; done++) {
      const em = orm.em.fork()
      const ids = await change(em)
      const start = performance.now()
      await actingAs({ userId: 'ada' }, () => flush(em, ids, kind))
      tookMs += performance.now() - start
    }
    // past every capture, over the connection that is not the ORM's
    await client.query('set session_replication_role = replica')
    await client.query('delete from public.elements where world_id = 2')
    await client.query('reset session_replication_role')
    return (tookMs * 1000) / times
  }
  const entries = new Map<string, string>()
  for (const participant of participants) {
    const before = await countEntries(participant.subject)
    await run(participant, 1)
    entries.set(participant.subject.capture.name, String((await countEntries(participant.subject)) - before))
  }
  const results = await runRounds(
    participants.map((participant) => ({
      name: participant.subject.capture.name,
      run: () => run(participant, flushes),
    })),
    rounds,
  )
  return {
    title: `MikroORM: a flush of ${size.toLocaleString('en')} (${kind})`,
    unit: 'µs a flush',
    results: withFacts(results, ({ name }) => ({ entries: entries.get(name) ?? '' })),
    goals: size === 1 ? withinFloor(results) : [],
    notes:
      size === 1
        ? [
            'floor: the flush with one locked read (for updates) and one insert of ready-made entries, sent by hand; the rows were loaded before',
          ]
        : [],
  }
}

function withinFloor(results: Finding['results']): readonly Goal[] {
  const own = results.find(({ name }) => name === listener.name)
  const least = results.find(({ name }) => name === floor.name)
  if (own === undefined || least === undefined) return []
  const measured = own.median / least.median
  return [{ text: 'the listener at most 1.3 times the floor', measured, reached: measured <= 1.3 }]
}
