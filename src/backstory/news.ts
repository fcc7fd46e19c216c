import type { WatchPosition } from '../core/watch-cursor.ts'
import { hasNews, readWatchStart } from '../db/batches.ts'
import type { Client } from '../db/client.ts'
import { pause } from './patience.ts'

/** Tells several watches of one log that something was committed, whatever it is: one look at the database for all of them. */
export interface News {
  /** Begins to listen. What is committed from now on is told. */
  readonly listen: (pollMs: number) => Listener
}

/** One watch that wants to know whether there is anything to look for. */
export interface Listener {
  /** Forgets what was told: whoever is about to look will see it. */
  readonly clear: () => void
  /** Waits until something was committed, or may have been, since `clear`; or until the signal or the time says to stop. */
  readonly wait: (atMostMs: number, signal: AbortSignal | undefined) => Promise<void>
  readonly stop: () => void
}

type KnownPosition = WatchPosition & { readonly before: string }
type Found = Awaited<ReturnType<typeof hasNews>>

interface Hearing {
  readonly pollMs: number
  isTold: boolean
  wake: () => void
}

/**
 * Looks at the log as long as somebody listens, as often as the most eager of them asks for. Nothing is told of what was
 * committed but that it was: each reads what it may see by itself. Where the look fails all are told, so that each meets the
 * error.
 */
export function createNews(client: () => Client): News {
  const hearings = new Set<Hearing>()
  let running: AbortController | null = null

  const tellAll = () => {
    for (const hearing of hearings) {
      hearing.isTold = true
      hearing.wake()
    }
  }

  const look = async (signal: AbortSignal): Promise<void> => {
    let position: KnownPosition | null = null
    for (let pauseMs = shortestPauseMs; !signal.aborted;) {
      try {
        const found: Found = position === null ? await begin(client()) : await hasNews(client(), position)
        position = { before: found.until, until: null, afterId: '0', foreignId: found.foreignId }
        if (found.isNew) tellAll()
        pauseMs = found.isNew ? shortestPauseMs : 2 * pauseMs
      } catch {
        position = null
        pauseMs = 2 * pauseMs
        tellAll()
      }
      const pollMs = Math.min(...[...hearings].map((hearing) => hearing.pollMs))
      pauseMs = Math.min(pauseMs, pollMs)
      await pause(pauseMs, signal)
    }
  }

  return {
    listen: (pollMs) => {
      const hearing: Hearing = { pollMs, isTold: false, wake: () => {} }
      hearings.add(hearing)
      if (running === null) {
        running = new AbortController()
        void look(running.signal)
      }
      return {
        clear: () => {
          hearing.isTold = false
        },
        wait: async (atMostMs, signal) => {
          if (hearing.isTold) return
          const told = new AbortController()
          hearing.wake = () => {
            told.abort()
          }
          await pause(atMostMs, signal === undefined ? told.signal : AbortSignal.any([signal, told.signal]))
        },
        stop: () => {
          hearings.delete(hearing)
          if (hearings.size > 0) return
          running?.abort()
          running = null
        },
      }
    },
  }
}

const shortestPauseMs = 50

// what was committed before the first look, and after those who listen have looked, is found by nobody else
async function begin(client: Client): Promise<Found> {
  const { snapshot, foreignId } = await readWatchStart(client)
  return { until: snapshot, foreignId, isNew: true }
}
