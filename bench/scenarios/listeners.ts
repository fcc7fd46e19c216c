import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'

import { actingAs } from 'backstory'

import { backstory, listened } from '../captures/backstory.ts'
import { bare } from '../captures/bare.ts'
import type { Capture } from '../captures/capture.ts'
import { elementId } from '../elements.ts'
import type { Flush, FlushingApplication, FlushWatcher, ListenedOrm } from '../listeners/application.ts'
import { kysely } from '../listeners/kysely.ts'
import { mikroOrm } from '../listeners/mikro-orm.ts'
import { prisma } from '../listeners/prisma.ts'
import { sequelizeOrm } from '../listeners/sequelize.ts'
import { typeOrm } from '../listeners/typeorm.ts'
import { captureOf, findMissing, type NodePeer, type Watcher } from '../node-peers/node-peer.ts'
import { sequelizePaperTrail } from '../node-peers/sequelize-paper-trail.ts'
import { typeormAuditing } from '../node-peers/typeorm-auditing.ts'
import { betterAuditDrizzle } from '../node-peers/usebetterdev-drizzle.ts'
import { betterAuditPrisma } from '../node-peers/usebetterdev-prisma.ts'
import { runRounds, withFacts } from '../rounds.ts'
import type { Finding, Goal, Scenario, Workplace } from '../scenario.ts'
import { countEntries, withSubjects, type Subject } from '../subjects.ts'

type Kind = 'update' | 'insert'

const warmUps = 1000

/** A subject whose rows an application writes. */
interface Participant {
  readonly subject: Subject
  readonly application: FlushingApplication
}

const nobody: Capture = { ...bare, name: 'nobody' }
// Backstory's log is there, and nobody writes to it but the floor
const floor: Capture = { ...listened, name: 'floor' }
const trigger: Capture = { ...backstory, name: 'Backstory, trigger' }
const listener: Capture = { ...listened, name: 'Backstory, listener' }
const watchers: ReadonlyMap<Capture, FlushWatcher> = new Map([
  [nobody, 'nobody'],
  [floor, 'floor'],
  [trigger, 'trigger'],
  [listener, 'listener'],
])

const competitions: readonly { readonly orm: ListenedOrm; readonly peer?: NodePeer }[] = [
  { orm: mikroOrm },
  { orm: typeOrm, peer: typeormAuditing },
  { orm: sequelizeOrm, peer: sequelizePaperTrail },
  // builders of queries both; Drizzle has nothing to listen to
  { orm: kysely, peer: betterAuditDrizzle },
  { orm: prisma, peer: betterAuditPrisma },
]

/**
 * Writes of one element, ten, a thousand, through every ORM that Backstory listens to: watched by nobody, by triggers, by
 * listeners, and by a package for that ORM, where the reader brings it.
 */
export const listeners: Scenario = {
  name: 'listeners',
  run: async function* (workplace) {
    for (const { orm, peer } of competitions) yield* compete(workplace, orm, peer)
  },
}

async function* compete(
  workplace: Workplace,
  orm: ListenedOrm,
  peer: NodePeer | undefined,
): AsyncGenerator<Finding> {
  const folder = workplace.nodePeers
  const missing = peer === undefined ? undefined : findMissing(peer, folder)
  if (missing !== undefined) console.log(`\n${missing}`)
  // the ORM of the peer, in its own version, with nobody watching: what the peer adds is compared with what we add
  const rivals: ReadonlyMap<Capture, Watcher> =
    peer === undefined || folder === undefined || missing !== undefined
      ? new Map()
      : new Map([
          [{ ...bare, name: `nobody, ${peer.orm} of ${peer.name}` }, 'nobody'],
          [captureOf(peer), 'the peer'],
        ])
  yield* withSubjects(workplace, [...watchers.keys(), ...rivals.keys()], async function* ({ subjects }) {
    const participants: Participant[] = []
    try {
      for (const subject of subjects) {
        const { capture, connection } = subject
        const rival = rivals.get(capture)
        const application =
          rival === undefined || peer === undefined || folder === undefined
            ? await orm.open(connection, watchers.get(capture) ?? 'nobody')
            : await peer.open({
                load: createRequire(join(resolve(folder), 'package.json')),
                folder,
                connection,
                watcher: rival,
              })
        participants.push({ subject, application })
      }
      for (const size of workplace.quick ? [1, 10] : [1, 10, 1000]) {
        yield await measure(workplace, orm, participants, [...rivals.keys()], { kind: 'update', size })
        yield await measure(workplace, orm, participants, [...rivals.keys()], { kind: 'insert', size })
      }
    } finally {
      for (const { application } of participants) await application.close()
    }
  })
}

async function measure(
  { rounds, writes, rows, quick }: Workplace,
  orm: ListenedOrm,
  participants: readonly Participant[],
  rivals: readonly Capture[],
  { kind, size }: { readonly kind: Kind; readonly size: number },
): Promise<Finding> {
  const flushes = Math.max(1, Math.ceil(writes / 4 / size))
  const run = async ({ subject: { client }, application }: Participant, times: number): Promise<number> => {
    await client.query('vacuum public.elements')
    let tookMs = 0
    for (let done = 0; done < times; done++) {
      const flush = await prepare(application, kind, size, rows)
      const start = performance.now()
      await actingAs({ userId: 'ada' }, flush)
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
  // Servers are warm. All share the code of the ORM, and only one of them each runs that of a listener: before it is
  // compiled, what is measured is who has run how often.
  if (!quick) for (const participant of participants) await run(participant, Math.ceil(warmUps / size))
  const results = await runRounds(
    participants.map((participant) => ({
      name: participant.subject.capture.name,
      run: () => run(participant, flushes),
    })),
    rounds,
  )
  return {
    title: `${orm.name}: ${orm.writes} of ${size.toLocaleString('en')} (${kind})`,
    unit: 'µs',
    results: withFacts(results, ({ name }) => ({ entries: entries.get(name) ?? '' })),
    // who leaves entries out is not in the race
    goals:
      size === 1
        ? withinFloor(results)
        : quickerThan(
            results,
            rivals.filter(
              ({ name, logTables }) => logTables.length === 0 || entries.get(name) === String(size),
            ),
          ),
    notes:
      size === 1
        ? [
            'floor: the same with one locked read of the rows (for updates) and one insert of ready-made entries, sent by hand; rows were loaded before',
          ]
        : [],
  }
}

function prepare(application: FlushingApplication, kind: Kind, size: number, rows: number): Promise<Flush> {
  if (kind === 'insert') {
    return application.prepareInserts(Array.from({ length: size }, () => randomUUID()))
  }
  const first = Math.floor(Math.random() * Math.max(1, rows - size))
  return application.prepareUpdates(
    Array.from({ length: size }, (_, index) => elementId(1 + first + index)),
    Math.floor(Math.random() * 1e9),
  )
}

function withinFloor(results: Finding['results']): readonly Goal[] {
  const own = medianOf(results, listener)
  const least = medianOf(results, floor)
  if (own === undefined || least === undefined) return []
  const measured = own / least
  return [{ text: 'the listener at most 1.3 times the floor', measured, reached: measured <= 1.3 }]
}

function quickerThan(results: Finding['results'], [unwatched, peer]: readonly Capture[]): readonly Goal[] {
  if (unwatched === undefined || peer === undefined) return []
  const own = medianOf(results, listener)
  const bareOfOwn = medianOf(results, nobody)
  const its = medianOf(results, peer)
  const bareOfIts = medianOf(results, unwatched)
  if (own === undefined || bareOfOwn === undefined || its === undefined || bareOfIts === undefined) return []
  const [whole, added] = [own / its, (own - bareOfOwn) / (its - bareOfIts)]
  return [
    { text: `the listener quicker than ${peer.name}`, measured: whole, reached: whole < 1 },
    {
      text: `and adds less to its own ORM, as a part of what ${peer.name} adds to its`,
      measured: added,
      reached: added < 1,
    },
  ]
}

function medianOf(results: Finding['results'], { name }: Capture): number | undefined {
  return results.find((result) => result.name === name)?.median
}
