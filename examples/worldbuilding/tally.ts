import { actingAs, type Context } from 'backstory'

/** What an actor wrote: `ada`, `update`, `world_elements`, 3 rows. */
export interface Written {
  readonly actor: string
  readonly action: string
  readonly table: string
  readonly rows: number
}

/** How many rows of a table an action writes: `{ 'insert world_elements': 1 }`. */
export type Writes = Readonly<Record<string, number>>

/** Runs the demo's steps, each as somebody, and counts what they write: what the log must say in the end. */
export interface Tally {
  /** Runs `work` as `who`. It must write the rows that `writes` names, no more and no fewer. */
  readonly perform: <Result>(
    who: Context & { readonly userId: string },
    writes: Writes,
    work: () => Promise<Result>,
  ) => Promise<Result>
  readonly written: () => readonly Written[]
}

/** A tally with nothing in it. */
export function createTally(): Tally {
  const counts = new Map<string, Written>()
  return {
    perform: async (who, writes, work) => {
      const result = await actingAs(who, work)
      for (const [what, rows] of Object.entries(writes)) {
        const [action = '', table = ''] = what.split(' ')
        const key = `${who.userId} ${what}`
        counts.set(key, { actor: who.userId, action, table, rows: (counts.get(key)?.rows ?? 0) + rows })
      }
      return result
    },
    written: () => [...counts.values()].filter(({ rows }) => rows > 0),
  }
}
