import { BackstoryError } from './errors.ts'

/**
 * Refuses options that are no object, or that have a name which the verb does not know: a misspelt option that is
 * ignored is one that its user believes in.
 *
 * @throws BackstoryError `invalid_argument`
 */
export function refuseUnknownOptions(verb: string, options: unknown, known: readonly string[]): void {
  refuseNoObject(`The options of ${verb} are`, options)
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown === undefined) return
  throw new BackstoryError(
    'invalid_argument',
    `${verb} has no option "${unknown}". ${
      known.length === 1 ? `Its one option is ${known.join('')}` : `Its options are ${known.join(', ')}`
    }.`,
  )
}

/** Refuses what is no object. `what` begins the sentence. @throws BackstoryError `invalid_argument` */
export function refuseNoObject(what: string, value: unknown): asserts value is object {
  if (typeof value === 'object' && value !== null) return
  throw new BackstoryError('invalid_argument', `${what} an object, not ${describe(value)}.`)
}

/** A name that a person gave, such as a table's. @throws BackstoryError `invalid_argument` when it is no text */
export function parseName(what: string, name: unknown): string {
  if (typeof name === 'string') return name
  throw new BackstoryError('invalid_argument', `${what} is a text; it is ${describe(name)}.`)
}

function describe(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}
