import { actingAs } from 'backstory'

import { ExplainedError } from '../explained-error.ts'
import type { Application } from './application.ts'
import { WorldElement } from './models/world-element.ts'
import { keepSecret } from './secrets.ts'
import { heroine } from './seed.ts'
import { createService } from './service/create-service.ts'
import { editAtOnce, find, foundWorld, goOn } from './story.ts'
import { createTally } from './tally.ts'

/** Lets the authors write their world, then serves it until it is interrupted. */
export async function serve(
  application: Application,
  { port, interrupted }: { readonly port: number | undefined; readonly interrupted: AbortSignal },
): Promise<void> {
  const { orm } = application
  const tally = createTally()
  const cast = await foundWorld(application, tally)
  await editAtOnce(application, tally, cast)
  await goOn(application, tally, cast)
  const elementId = find(cast, heroine)
  for (const [ownerId, body] of [
    ['ada', 'She can hear the lamps.'],
    ['bo', 'She will betray the guild.'],
    ['ada', 'She can hear the lamps, and they answer.'],
  ] as const) {
    await actingAs({ userId: ownerId }, () => keepSecret(orm.em.fork(), { elementId, ownerId, body }))
  }

  const app = await createService(application)
  // streams of events would keep it open
  app.server.on('connection', (socket) => {
    interrupted.addEventListener('abort', () => socket.destroy(), { once: true })
  })
  const address = await listen((at) => app.listen({ host: '127.0.0.1', port: at }), port)
  const { name } = await orm.em.fork().findOneOrFail(WorldElement, elementId)
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
