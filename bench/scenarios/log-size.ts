import type { Scenario } from '../scenario.ts'
import { elementId, rowCount } from '../world-elements.ts'

/** Bytes of log a change of one column, heap and indexes, after many changes in random order. */
export const logSize: Scenario = {
  name: 'log-size',
  run: async ({ client, writes }) => {
    const changes = writes * 50
    const sizes: number[] = []
    for (const [watcher, log] of [
      ['backstory', 'public.audit_logs'],
      ['generic', 'public.generic_log'],
    ] as const) {
      const before = await sizeOf(log)
      for (let done = 0; done < changes; done += 500) {
        const ids = Array.from({ length: 500 }, () => elementId(1 + Math.floor(Math.random() * rowCount)))
        await client.query(`update ${watcher}_elements set rank = rank + 1 where id = any ($1::uuid[])`, [
          ids,
        ])
      }
      const after = await sizeOf(log)
      sizes.push((after.bytes - before.bytes) / (after.entries - before.entries))
    }
    const [own = Number.NaN, images = Number.NaN] = sizes
    return [
      {
        title: `Log and its indexes, a change of one column (${changes} changes)`,
        unit: 'bytes a change',
        results: [
          { name: 'whole images', median: images, ratio: 1, spread: [1, 1], added: 0 },
          {
            name: 'backstory',
            median: own,
            ratio: own / images,
            spread: [own / images, own / images],
            added: own - images,
          },
        ],
        goals: [{ text: 'at most 360 bytes', measured: own, reached: own <= 360 }],
      },
    ]

    async function sizeOf(log: string): Promise<{ bytes: number; entries: number }> {
      const { rows } = await client.query<{ bytes: string; entries: string }>(
        `select pg_table_size($1::regclass) + pg_indexes_size($1::regclass) as bytes, count(*) as entries from ${log}`,
        [log],
      )
      return { bytes: Number(rows[0]?.bytes), entries: Number(rows[0]?.entries) }
    }
  },
}
