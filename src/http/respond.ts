import { createHash } from 'node:crypto'

import { formatJson, type JsonValue } from '../core/json.ts'

/** How long an answer holds. `fixed`: for ever, as long as the rights of the caller do not narrow it. */
export type Freshness = 'fixed' | 'revalidated'

/**
 * A JSON answer with an entity tag: strong for what never changes, weak for what may; 304 where the caller has it.
 */
export function respondJson(request: Request, body: object, freshness: Freshness = 'revalidated'): Response {
  const text = writeJson(body)
  const hash = hashOf(text)
  const tag = freshness === 'fixed' ? `"${hash}"` : `W/"${hash}"`
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    etag: tag,
    'cache-control': freshness === 'fixed' ? 'private, max-age=31536000, immutable' : 'private, no-cache',
    vary: 'Cookie, Authorization',
  }
  const known = request.headers
    .get('if-none-match')
    ?.split(',')
    .map((part) => part.trim().replace(/^W\//, ''))
  if (known?.includes(`"${hash}"`) === true && ['GET', 'HEAD'].includes(request.method)) {
    return new Response(null, { status: 304, headers })
  }
  return new Response(text, { status: 200, headers })
}

/** A JSON answer to a request that is not to be kept. */
export function respondOnce(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(text, {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
  })
}

/** Writes a body; numbers stay as PostgreSQL wrote them. */
export function writeJson(body: object): string {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- bodies are JSON: keys that are undefined are left out
  return formatJson(body as JsonValue)
}

/** A text by which another one is known: 22 characters of base64url, of SHA-256. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}
