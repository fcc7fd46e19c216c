import { measureBytes, type Subject } from './subjects.ts'
import { readNumber } from './scenario.ts'

/** What writes cost beside time, summed up over the rounds. */
export interface Tally {
  /** Runs `write`, which makes so many changes, and adds what it left behind in the log and in the WAL. */
  readonly around: <Value>(subject: Subject, changes: number, write: () => Promise<Value>) => Promise<Value>
  /** Bytes a change, by the name of the capture. */
  readonly of: (name: string) => { readonly logBytes: number; readonly walBytes: number }
}

/** An empty tally. */
export function createTally(): Tally {
  const sums = new Map<string, { changes: number; log: number; wal: number }>()
  return {
    around: async (subject, changes, write) => {
      const before = await measure(subject)
      const value = await write()
      const after = await measure(subject)
      const { name } = subject.capture
      const sum = sums.get(name) ?? { changes: 0, log: 0, wal: 0 }
      sums.set(name, {
        changes: sum.changes + changes,
        log: sum.log + after.log - before.log,
        wal: sum.wal + after.wal - before.wal,
      })
      return value
    },
    of: (name) => {
      const { changes, log, wal } = sums.get(name) ?? { changes: 0, log: 0, wal: 0 }
      return { logBytes: log / changes, walBytes: wal / changes }
    },
  }
}

async function measure(subject: Subject): Promise<{ readonly log: number; readonly wal: number }> {
  return {
    log: await measureBytes(subject),
    wal: await readNumber(subject.client, "select pg_current_wal_insert_lsn() - '0/0'::pg_lsn"),
  }
}
