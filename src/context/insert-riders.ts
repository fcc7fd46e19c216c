/** A rider within a text: the part of the user's text that stands before it, and the rider's own text. */
export interface Insertion {
  readonly before: string
  readonly text: string
}

/** Puts a rider before each of the places of a text, and remembers where. */
export function insertRiders(
  text: string,
  places: readonly number[],
  rider: string,
): { readonly text: string; readonly insertions: readonly Insertion[] } {
  return {
    text: places.reduceRight((sent, place) => sent.slice(0, place) + rider + sent.slice(place), text),
    insertions: places.map((place) => ({ before: text.slice(0, place), text: rider })),
  }
}

/** Moves an error's `position` from the text that was sent to the one that the user wrote. Counted in characters. */
export function correctPosition(error: unknown, insertions: readonly Insertion[]): void {
  if (!(error instanceof Error) || !('position' in error) || insertions.length === 0) return
  const sent = Number(error.position)
  if (!Number.isInteger(sent)) return
  let shift = 0
  for (const insertion of insertions) {
    const start = [...insertion.before].length + shift
    if (sent <= start) break
    // within a rider it becomes the place of its statement
    shift += Math.min([...insertion.text].length, sent - start - 1)
  }
  error.position = String(sent - shift)
}
