import pg from 'pg'

import { createBackstory } from '../../src/index.ts'
import { createHandler } from '../../src/http.ts'

/**
 * Takes a whole answer and keeps nothing of it: `export-program.ts <path> <accept>`, with DATABASE_URL. Says how much came, and how much
 * was live at most, buffers beyond the heap too. Run by a test, with --expose-gc and a heap that is smaller than the answer.
 */
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'] })
const handler = createHandler(createBackstory(pool), { authorize: () => ({ can: ['read', 'export'] }) })
const response = await handler(
  new Request(`http://localhost${process.argv[2]}`, { headers: { accept: process.argv[3] ?? '' } }),
)
let [bytes, lines, liveBytes, measuredAt] = [0, 0, 0, -Infinity]
for await (const chunk of response.body ?? []) {
  // from the first chunk on: what was read before it is live then
  if (bytes - measuredAt > 8_000_000) {
    measuredAt = bytes
    globalThis.gc?.()
    const { heapUsed, external } = process.memoryUsage()
    liveBytes = Math.max(liveBytes, heapUsed + external)
  }
  bytes += chunk.byteLength
  for (const byte of chunk) if (byte === 10) lines++
}
await pool.end()
console.log(JSON.stringify({ status: response.status, bytes, lines, liveBytes }))
