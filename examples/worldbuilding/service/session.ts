import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

import type { IncomingMessage } from 'node:http'

/** Who is signed in, by a cookie that only this process can write. */
export interface Sessions {
  /** The value of the header `set-cookie` that signs an author in. */
  readonly signIn: (authorId: string) => string
  /** The author whom a request comes from; null: nobody has signed in. */
  readonly find: (request: Pick<IncomingMessage, 'headers'> | Request) => string | null
}

/** The value of the header `set-cookie` that signs out. */
export const signOut = 'author=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0'

/** Sessions that end with the process. */
export function createSessions(): Sessions {
  const key = randomBytes(32)
  const sign = (authorId: string) => createHmac('sha256', key).update(authorId).digest('base64url')
  return {
    signIn: (authorId) =>
      `author=${encodeURIComponent(authorId)}.${sign(authorId)}; Path=/; HttpOnly; SameSite=Lax`,
    find: (request) => {
      const header = request instanceof Request ? request.headers.get('cookie') : request.headers.cookie
      const [, name, signature] = /(?:^|;\s*)author=([^.;]+)\.([\w-]{43})(?:;|$)/.exec(header ?? '') ?? []
      if (name === undefined || signature === undefined) return null
      const authorId = decode(name)
      if (authorId === null) return null
      return timingSafeEqual(Buffer.from(sign(authorId)), Buffer.from(signature)) ? authorId : null
    },
  }
}

// anybody can send a cookie that is none of ours
function decode(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
