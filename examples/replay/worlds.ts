/** Two worlds of elements, kept side by side and compared whole after every step at the cost of the step. */
export interface Worlds {
  /** Puts an element, as a digest, into the world of the oracle; null takes it out. */
  readonly setExpected: (elementId: string, digest: string | null) => void
  /** The same for the world of the log. */
  readonly setFound: (elementId: string, digest: string | null) => void
  /** The elements that are not the same in both. None: the worlds are equal. */
  readonly differing: () => ReadonlySet<string>
  /** How many elements the world of the log has. */
  readonly size: () => number
}

/** Two empty worlds. */
export function createWorlds(): Worlds {
  const expected = new Map<string, string>()
  const found = new Map<string, string>()
  const differing = new Set<string>()
  const set = (world: Map<string, string>, elementId: string, digest: string | null): void => {
    if (digest === null) world.delete(elementId)
    else world.set(elementId, digest)
    if (expected.get(elementId) === found.get(elementId)) differing.delete(elementId)
    else differing.add(elementId)
  }
  return {
    setExpected: (elementId, digest) => set(expected, elementId, digest),
    setFound: (elementId, digest) => set(found, elementId, digest),
    differing: () => differing,
    size: () => found.size,
  }
}
