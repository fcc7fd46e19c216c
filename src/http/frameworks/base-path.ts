/**
 * The path at which a request has found what is mounted at `pattern`, whose segments may be parameters: as many segments of
 * its address as the pattern has.
 *
 * @example basePathAt('/of/:tenant/audit', '/of/earthsea/audit/entries?limit=2') // '/of/earthsea/audit'
 */
export function basePathAt(pattern: string, url: string): string {
  if (pattern === '') return ''
  const { pathname } = new URL(url, 'http://localhost')
  return pathname.split('/').slice(0, pattern.split('/').length).join('/')
}
