/**
 * Answers what a browser asks before it lets a page of another origin send a token or a body (CORS); null where the
 * request is none of these, or of an origin that is not trusted.
 */
export function respondPreflight(request: Request, trustedOrigins: readonly string[]): Response | null {
  if (request.method !== 'OPTIONS' || !isTrusted(request, trustedOrigins)) return null
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-methods': 'GET, POST, DELETE',
      'access-control-allow-headers':
        'authorization, content-type, if-match, if-none-match, idempotency-key, last-event-id',
      'access-control-max-age': '600',
    },
  })
}

/**
 * Lets pages of trusted origins read an answer. Their cookies are not asked for: they bring a token. And lets nobody take
 * data for a page or a script.
 */
export function guardResponse(
  request: Request,
  response: Response,
  trustedOrigins: readonly string[],
): Response {
  const headers = new Headers(response.headers)
  headers.set('x-content-type-options', 'nosniff')
  if (trustedOrigins.length > 0) headers.append('vary', 'Origin')
  if (isTrusted(request, trustedOrigins)) {
    headers.set('access-control-allow-origin', request.headers.get('origin') ?? '')
    headers.set('access-control-expose-headers', 'etag, content-disposition, idempotency-replayed')
  }
  const { status, statusText } = response
  return new Response(response.body, { status, statusText, headers })
}

/** Whether a request comes from a page of an origin that is trusted. */
export function isTrusted(request: Request, trustedOrigins: readonly string[]): boolean {
  const origin = request.headers.get('origin')
  return origin !== null && trustedOrigins.includes(origin)
}
