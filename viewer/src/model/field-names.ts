/** The keys of a JSON Pointer or a path with dots, the column first; none for the whole document. */
export function segmentsOf(pointer: string): readonly string[] {
  if (pointer === '') return []
  if (!pointer.startsWith('/')) return pointer.split('.')
  const segments = pointer.slice(1).split('/')
  return segments.map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** A field's name for people: `/attributes/home_port` is `home port`, `/attributes/stats/nerve` is `stats › nerve`. */
export function nameField(pointer: string): string {
  const segments = segmentsOf(pointer)
  return segments
    .slice(segments.length > 2 ? -2 : -1)
    .map(nameKey)
    .join(' › ')
}

/** Where a field is, for people: `/attributes/stats/nerve` is `attributes › stats › nerve`. */
export function describePath(pointer: string): string {
  return segmentsOf(pointer).map(nameKey).join(' › ')
}

/** A key for people: `updatedAt` and `updated_at` are `updated at`; a foreign key `place_id` is `place`. */
export function nameKey(key: string): string {
  const words = key
    .replaceAll('_', ' ')
    .replaceAll(
      /([\p{Ll}\d])(\p{Lu})(?=\p{Ll})/gu,
      (_, end: string, start: string) => `${end} ${start.toLowerCase()}`,
    )
    .trim()
  const known = words.replace(/ id$/i, '')
  return known === '' ? key : known
}

/** A list for people, cut where it gets long: `title, ruler and 3 more`. */
export function listNames(names: readonly string[], atMost = 3): string {
  if (names.length <= atMost + 1) return names.join(', ')
  return `${names.slice(0, atMost).join(', ')} and ${names.length - atMost} more`
}
