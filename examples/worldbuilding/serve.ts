import { actingAs, createBackstory } from 'backstory'
import type pg from 'pg'

import { ExplainedError } from '../explained-error.ts'
import { installApplication } from './install.ts'
import { keepSecret } from './secrets.ts'
import { heroine } from './seed.ts'
import { createService } from './service/create-service.ts'
import { editAtOnce, find, foundWorld, goOn } from './story.ts'
import { createTally } from './tally.ts'

/** Lets the authors write their world, then serves it until it is interrupted. */
export async function serve(
  pool: pg.Pool,
  { port, interrupted }: { readonly port: number | undefined; readonly interrupted: AbortSignal },
): Promise<void> {
  const backstory = createBackstory(pool)
  await installApplication(pool, backstory)
  const tally = createTally()
  const cast = await foundWorld(pool, tally)
  await editAtOnce(pool, tally, cast)
  await goOn(pool, tally, cast)
  const elementId = find(cast, heroine)
  for (const [ownerId, body] of [
    ['ada', 'She can hear the lamps.'],
    ['bo', 'She will betray the guild.'],
    ['ada', 'She can hear the lamps, and they answer.'],
  ] as const) {
    await actingAs({ userId: ownerId }, () => keepSecret(pool, { elementId, ownerId, body }))
  }

  const app = await createService(pool, backstory)
  // streams of events would keep it open
  app.server.on('connection', (socket) => {
    interrupted.addEventListener('abort', () => socket.destroy(), { once: true })
  })
  const address = await listen((at) => app.listen({ host: '127.0.0.1', port: at }), port)
  const { rows } = await pool.query<{ name: string }>('select name from world_elements where id = $1', [
    elementId,
  ])
  const name = rows[0]?.name ?? heroine
  console.log(`
The worlds are at        ${address}
Their whole history at   ${address}/history

Sign in as Ada, Bo, Chidi or Dunya, or as somebody new. Open ${name}, who was ${heroine} once: her History,
and what Ada alone knows of her.
Ctrl-C ends it, and drops the database.`)
  await new Promise<void>((resolve) => {
    if (interrupted.aborted) resolve()
    interrupted.addEventListener('abort', () => {
      resolve()
    })
  })
  await app.close()
}

// 4000 unless somebody else has it; a port that was asked for, or none
async function listen(open: (port: number) => Promise<string>, port: number | undefined): Promise<string> {
  try {
    return await open(port ?? 4000)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
    if (port !== undefined)
      throw new ExplainedError(`Port ${port} is taken: choose another with --port.`, { cause: error })
    return open(0)
  }
}
