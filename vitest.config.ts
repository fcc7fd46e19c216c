import { defineConfig } from 'vitest/config'

import { TogetherLast } from './test/support/together-last.ts'

// the examples import the package by its name: tests run them on the source, without a build
const resolve = {
  alias: [
    { find: /^backstory$/, replacement: `${import.meta.dirname}/src/index.ts` },
    {
      find: /^backstory\/(pg|postgres|pglite|http|node|express|fastify|hono|koa|nest|next|drizzle|kysely|prisma|mikro-orm)$/,
      replacement: `${import.meta.dirname}/src/$1.ts`,
    },
  ],
}

const limits = { testTimeout: 120_000, hookTimeout: 120_000, maxWorkers: 2 }

/** Files that change nothing of their process: one worker runs many, and compiles PGlite and the sources once. */
const together = [
  'src/**/*.test.ts',
  'viewer/src/**/*.test.ts',
  'test/{bench,capture,check,history,viewer}/**/*.test.ts',
  'test/http/*.test.ts',
  'test/*.test.ts',
]

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    maxWorkers: limits.maxWorkers,
    sequence: { sequencer: TogetherLast },
    projects: [
      { resolve, test: { ...limits, name: 'together', include: together, isolate: false } },
      {
        resolve,
        // frameworks and ORMs are loaded anew for each file: they keep state of their own
        test: { ...limits, name: 'apart', include: ['test/**/*.test.ts'], exclude: together },
      },
    ],
  },
})
