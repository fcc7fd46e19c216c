import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

import { parseSight } from '../backstory/parse-sight.ts'
import { parseContext } from '../context/parse-context.ts'
import { BackstoryError } from '../core/errors.ts'
import { parseGrant, type Grant } from './grant.ts'
import { ProblemError } from './problems.ts'

/** How a viewer token is issued. */
export interface ViewerTokenOptions {
  /** A secret of 32 characters at least, which `createHandler` has among its `tokenKeys`. Made by chance: 32 bytes of base64. */
  readonly key: string
  /**
   * Which handler the token is for: the `tokenAudience` of its `createHandler`. It opens no other one, though they have
   * the same key. Default: none, for handlers that have none.
   */
  readonly audience?: string
  /** How long the token opens the API: an hour at most. Default: 300,000 ms. */
  readonly lifetimeMs?: number
}

/** What a token opens, and until when. */
export interface OpenedToken {
  readonly grant: Grant
  readonly expiresAtMs: number
}

/**
 * Issues a token for a page that shows a history: whoever brings it to the API sees and may do what the grant says, and
 * no more, until it expires. For pages that have no session of yours, or one that is wider than they need. Nobody asks
 * `authorize` about it: give the grant that `authorize` would give, or a narrower one.
 *
 * The token is sealed: who has it can neither read nor change what is in it.
 *
 * ```
 * "bst1." base64url(nonce, 12 bytes | AES-256-GCM of {"exp": ms, "grant": …}, with "bst1" and the audience as additional data | tag, 16 bytes)
 * ```
 *
 * @throws BackstoryError `invalid_option`, `invalid_context`
 * @example
 * issueViewerToken(
 *   { can: ['read'], sight: { elements: [{ elementType: 'world_elements', elementId: id }] } },
 *   { key: process.env.TOKEN_KEY },
 * )
 */
export function issueViewerToken(grant: Grant, options: ViewerTokenOptions): string {
  const { key, audience, lifetimeMs = 300_000, ...others } = options
  const [unknownKey] = Object.keys(others)
  if (unknownKey !== undefined) throw invalid(`issueViewerToken() knows no option "${unknownKey}".`)
  if (!Number.isFinite(lifetimeMs) || lifetimeMs < 1000 || lifetimeMs > 3_600_000) {
    throw invalid(
      `lifetimeMs is a number of milliseconds from 1,000 to 3,600,000, since a token cannot be called back; it is ${lifetimeMs}.`,
    )
  }
  const { can, actor, sight } = parseGrant(grant)
  const sealed = JSON.stringify({
    exp: Date.now() + lifetimeMs,
    grant: {
      can,
      ...(actor === undefined ? {} : { actor: parseContext(actor) }),
      ...(sight === undefined ? {} : { sight: parseSight(sight) }),
    },
  })
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', deriveKey(parseTokenKey(key)), nonce).setAAD(markOf(audience))
  const text = Buffer.concat([nonce, cipher.update(sealed, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return `${prefix}${text.toString('base64url')}`
}

/** Reads the token of a request; null where it has none of ours. */
export type ReadToken = (request: Request) => OpenedToken | null

/**
 * Makes what reads the tokens that were issued for an audience with one of some keys: several while one takes the place of
 * another.
 *
 * @throws BackstoryError `invalid_option` for a key that is too short, or an audience that is none
 */
export function createTokenReader(keys: readonly string[], audience?: string): ReadToken {
  const mark = markOf(audience)
  const derived = keys.map((key) => deriveKey(parseTokenKey(key)))
  return (request) => {
    const token = /^bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
    if (derived.length === 0 || token?.startsWith(prefix) !== true) return null
    const sealed = Buffer.from(token.slice(prefix.length), 'base64url')
    // a text that decodes to the same bytes is another text
    const isWhole = sealed.toString('base64url') === token.slice(prefix.length) && sealed.length > 28
    const text = isWhole
      ? derived.map((key) => open(sealed, key, mark)).find((one) => one !== null)
      : undefined
    if (text === null || text === undefined) {
      throw refused('invalid_token', 'The token was not issued here, or was changed.')
    }
    // sealed by us: what is in it was checked when it was issued
    const { exp, grant }: { readonly exp: number; readonly grant: Grant } = JSON.parse(text)
    if (Date.now() >= exp) throw refused('token_expired', 'The token has expired.')
    return { grant, expiresAtMs: exp }
  }
}

/** What says that a request needs a token, or a better one. */
export function refused(code: 'invalid_token' | 'token_expired', message: string): ProblemError {
  return new ProblemError(code, message, { headers: { 'www-authenticate': 'Bearer error="invalid_token"' } })
}

const prefix = 'bst1.'

function markOf(audience: unknown): Buffer {
  if (audience === undefined) return Buffer.from('bst1')
  if (typeof audience === 'string' && audience !== '' && audience.isWellFormed())
    return Buffer.from(`bst1${audience}`)
  throw invalid('The audience of viewer tokens is a text that names one handler, such as "admin".')
}

function open(sealed: Buffer, key: Buffer, mark: Buffer): string | null {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12), { authTagLength: 16 })
    .setAAD(mark)
    .setAuthTag(sealed.subarray(-16))
  try {
    return decipher.update(sealed.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8')
  } catch {
    // the tag does not fit: another key, or another text
    return null
  }
}

// a key of its own, so that a secret that serves elsewhere too opens nothing there
function deriveKey(secret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'backstory viewer token 1', 32))
}

function parseTokenKey(key: unknown): string {
  if (typeof key === 'string' && key.length >= 32) return key
  throw invalid('A key of viewer tokens is a text of 32 characters at least, made by chance.')
}

function invalid(message: string): BackstoryError {
  return new BackstoryError('invalid_option', message)
}
