import { readFile } from 'node:fs/promises'

import type { FastifyInstance } from 'fastify'

/** The page and its two files. Everything else that it loads are the viewer's files, below `/history`. */
export async function addPages(app: FastifyInstance): Promise<void> {
  for (const [path, file, type] of [
    ['/', 'index.html', 'text/html; charset=utf-8'],
    ['/app.js', 'app.js', 'text/javascript; charset=utf-8'],
    ['/app.css', 'app.css', 'text/css; charset=utf-8'],
  ] as const) {
    const content = await readFile(new URL(`public/${file}`, import.meta.url), 'utf8')
    app.get(path, (_request, reply) =>
      reply
        .type(type)
        .header('content-security-policy', contentSecurityPolicy)
        .header('cache-control', 'no-cache')
        .send(content),
    )
  }
}

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "worker-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')
