import { defineConfig } from 'vitest/config'

export default defineConfig({
  // the examples import the package by its name: tests run them on the source, without a build
  resolve: {
    alias: [
      { find: /^backstory$/, replacement: `${import.meta.dirname}/src/index.ts` },
      {
        find: /^backstory\/(pg|postgres|pglite|http|node|express|fastify|hono|koa|nest|next|drizzle|kysely|prisma|mikro-orm)$/,
        replacement: `${import.meta.dirname}/src/$1.ts`,
      },
    ],
  },
  test: {
    include: ['src/**/*.test.ts', 'viewer/src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    typecheck: { enabled: false },
  },
})
