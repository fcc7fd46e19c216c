import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'

/** The headers that let a page of the viewer do nothing but show itself and ask its own origin. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "worker-src 'self'",
  "frame-ancestors 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Where the viewer was built to, seen from src/http and from dist/http. */
const defaultFolder = new URL('../../dist/viewer/', import.meta.url)

/**
 * A file of the viewer below `viewer/`; null where there is none. Names with a hash never change. Encoded beforehand
 * where `.br` or `.gz` is beside the file.
 */
export async function respondViewerFile(
  request: Request,
  path: readonly string[],
  folder: URL = defaultFolder,
): Promise<Response | null> {
  const name = path.join('/') || 'index.html'
  const type = types[extname(name)]
  // plain names alone: nothing leads out of the folder
  if (type === undefined || !/^(?:[\w-][\w.-]*\/)*[\w-][\w.-]*$/.test(name)) return null
  const file = await readEncoded(folder, name, request.headers.get('accept-encoding') ?? '')
  if (file === null) return null
  const isHashed = name.startsWith('assets/')
  const tag = `"${createHash('sha256').update(file.bytes).digest('base64url').slice(0, 22)}"`
  const headers = {
    'content-type': type,
    'cache-control': isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag: tag,
    vary: 'Accept-Encoding',
    'x-content-type-options': 'nosniff',
    'content-security-policy': contentSecurityPolicy,
    'referrer-policy': 'no-referrer',
    ...(file.encoding === null ? {} : { 'content-encoding': file.encoding }),
  }
  const known = request.headers
    .get('if-none-match')
    ?.split(',')
    .map((part) => part.trim())
  if (known?.includes(tag) === true) return new Response(null, { status: 304, headers })
  return new Response(new Uint8Array(file.bytes), { headers })
}

interface EncodedFile {
  readonly bytes: Buffer
  readonly encoding: string | null
}

async function readEncoded(folder: URL, name: string, accepted: string): Promise<EncodedFile | null> {
  for (const [encoding, ending] of [
    ['br', '.br'],
    ['gzip', '.gz'],
    [null, ''],
  ] as const) {
    if (encoding !== null && !new RegExp(`\\b${encoding}\\b(?!;q=0(?:\\D|$))`).test(accepted)) continue
    const bytes = await readFile(new URL(`${name}${ending}`, folder)).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EISDIR'))
        return null
      throw error
    })
    if (bytes !== null) return { bytes, encoding }
  }
  return null
}
