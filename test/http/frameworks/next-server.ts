import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import next from 'next'
import type { NextRequest } from 'next/server.js'

import * as forNext from '../../../src/next.ts'
import { listening, userOf, type Framework } from './framework.ts'

// what it exports is the function, and its types say that it is an object that holds it
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as the comment above says
const createNext = next as unknown as typeof next.default

const program = fileURLToPath(import.meta.resolve('next/dist/bin/next'))

declare global {
  // oxlint-disable-next-line no-var -- how a global is declared
  var backstoryTest: object | undefined
}

/** A server of Next.js that runs: it compiles the routes of `next-app`, which call what is made here, as they are asked for. */
export const nextServer: Framework = createNextServer('Next.js', 'develop')

/** The same as it is deployed: `next build`, then `next start`. */
export const builtNextServer: Framework = createNextServer('Next.js, built', 'build')

function createNextServer(name: string, way: 'develop' | 'build'): Framework {
  return {
    name,
    answersOddRequests: false,
    start: async ({ handler, write, trace }) => {
      const acting = forNext.actingAsRequest<NextRequest>({
        actor: ({ headers }) => userOf(headers.get('x-user')),
        ip: ({ headers }) => headers.get('x-forwarded-for') ?? undefined,
        trace,
      })
      globalThis.backstoryTest = {
        audit: forNext.mount(handler),
        write: acting(async () => {
          await write()
          return new Response('')
        }),
      }
      process.env['NEXT_TELEMETRY_DISABLED'] = '1'
      // below the project, so that the compiler finds next, and no file of it is written beside the sources
      const dir = await mkdtemp(
        join(resolve(import.meta.dirname, '../../../node_modules'), '.backstory-next-'),
      )
      await cp(join(import.meta.dirname, 'next-app'), dir, { recursive: true })
      if (way === 'build')
        await promisify(execFile)(process.execPath, [program, 'build', dir], {
          env: { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: '' },
        })
      const app = createNext({ dev: way === 'develop', dir, quiet: true })
      await app.prepare()
      const handle = app.getRequestHandler()
      const running = await listening(createServer((request, response) => void handle(request, response)))
      return {
        ...running,
        close: async () => {
          await running.close()
          await app.close()
          await rm(dir, { recursive: true, force: true })
        },
      }
    },
  }
}
