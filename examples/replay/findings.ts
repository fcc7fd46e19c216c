/** What was found wrong of one claim. */
export interface Findings {
  readonly add: (finding: string) => void
  /** Held if nothing was found; then `otherwise` tells what was looked at. */
  readonly judge: (otherwise: string) => { readonly held: boolean; readonly found: string }
}

/** No findings yet. All are counted, the first few are told. */
export function createFindings(): Findings {
  const told: string[] = []
  let count = 0
  return {
    add: (finding) => {
      count += 1
      if (count <= mostTold) told.push(finding)
    },
    judge: (otherwise) => {
      if (count === 0) return { held: true, found: otherwise }
      return { held: false, found: `${count} wrong: ${told.join('; ')}${count > mostTold ? '; …' : ''}` }
    },
  }
}

const mostTold = 5
