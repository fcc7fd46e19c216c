import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'

import { backstory } from '../captures/backstory.ts'
import { bare } from '../captures/bare.ts'
import type { Capture } from '../captures/capture.ts'
import { elementId } from '../elements.ts'
import { findGaps } from '../node-peers/find-gaps.ts'
import {
  captureOf,
  findMissing,
  type Application,
  type NodePeer,
  type Watcher,
} from '../node-peers/node-peer.ts'
import { sequelizePaperTrail } from '../node-peers/sequelize-paper-trail.ts'
import { typeormAuditing } from '../node-peers/typeorm-auditing.ts'
import { betterAuditDrizzle } from '../node-peers/usebetterdev-drizzle.ts'
import { betterAuditPrisma } from '../node-peers/usebetterdev-prisma.ts'
import { runRounds, withFacts } from '../rounds.ts'
import type { Finding, Scenario, Workplace } from '../scenario.ts'
import { withSubjects, type Subject } from '../subjects.ts'

const peers: readonly NodePeer[] = [
  typeormAuditing,
  sequelizePaperTrail,
  betterAuditDrizzle,
  betterAuditPrisma,
]

/**
 * The writes of an application through an ORM: watched by nobody, by Backstory's triggers, by a package for that ORM;
 * and what of them is in each one's log.
 */
export const nodePeers: Scenario = {
  name: 'node-peers',
  run: async function* (workplace) {
    for (const peer of peers) yield* compete(workplace, peer)
  },
}

async function* compete(workplace: Workplace, peer: NodePeer): AsyncGenerator<Finding> {
  const folder = workplace.nodePeers
  const missing = findMissing(peer, folder)
  if (folder === undefined || missing !== undefined) {
    console.log(`\n${missing}`)
    return
  }
  const load = createRequire(join(resolve(folder), 'package.json'))
  const watchers = new Map<Capture, Watcher>([
    [{ ...bare, name: 'nobody' }, 'nobody'],
    [backstory, 'Backstory'],
    [captureOf(peer), 'the peer'],
  ])
  yield* withSubjects(workplace, [...watchers.keys()], async function* ({ subjects }) {
    const opened: { readonly subject: Subject; readonly application: Application }[] = []
    try {
      for (const subject of subjects) {
        const { capture, connection } = subject
        const watcher = watchers.get(capture) ?? 'nobody'
        opened.push({ subject, application: await peer.open({ load, folder, connection, watcher }) })
      }
      yield* measure(workplace, peer, opened)
    } finally {
      for (const { application } of opened) await application.close()
    }
  })
}

async function* measure(
  { rounds, rows, writes }: Workplace,
  peer: NodePeer,
  opened: readonly { readonly subject: Subject; readonly application: Application }[],
): AsyncGenerator<Finding> {
  const gaps = new Map<string, Readonly<Record<string, string>>>()
  for (const { subject, application } of opened) {
    const { capture, client } = subject
    const [log] = capture.logTables
    if (log !== undefined) gaps.set(capture.name, await findGaps(application, client, log))
  }
  const some = Math.ceil(writes / 4)
  const timed = async (
    write: (application: Application, id: string) => Promise<unknown>,
    ids: () => string,
  ) =>
    runRounds(
      opened.map(({ subject: { capture, client }, application }) => ({
        name: capture.name,
        run: async () => {
          await client.query('vacuum public.elements')
          const start = performance.now()
          for (let done = 0; done < some; done++) await write(application, ids())
          return ((performance.now() - start) * 1000) / some
        },
      })),
      rounds,
    )
  const anyId = () => elementId(1 + Math.floor(Math.random() * rows))
  const updates = await timed(
    (application, id) => application.update(id, Math.floor(Math.random() * 1e6)),
    anyId,
  )
  yield {
    title: `${peer.orm}: load a row, change a column, save it`,
    unit: 'µs a write',
    results: withFacts(updates, ({ name }) => gaps.get(name) ?? {}),
    goals: [],
    notes: [
      'insert, update, delete, bulk, raw: entries in the log after such writes; rolled back: after one that never happened',
      'old value: whether the log then holds the value from before an update; no actor is given to anybody',
    ],
  }
  yield {
    title: `${peer.orm}: insert a row, load and delete it`,
    unit: 'µs both',
    results: await timed(async (application, id) => {
      await application.insert(id)
      await application.remove(id)
    }, randomUUID),
    goals: [],
  }
}
