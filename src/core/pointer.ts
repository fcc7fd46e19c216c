/**
 * The JSON Pointer (RFC 6901) of a member or an item of what another pointer names. The whole document is `''`.
 *
 * @example appendPointer('/attributes', 'a/b') // '/attributes/a~1b'
 */
export function appendPointer(pointer: string, segment: string | number): string {
  if (typeof segment === 'number') return `${pointer}/${segment}`
  return `${pointer}/${/[~/]/.test(segment) ? segment.replaceAll('~', '~0').replaceAll('/', '~1') : segment}`
}
