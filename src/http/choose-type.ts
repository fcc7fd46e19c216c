import { ProblemError } from './problems.ts'

/** The media types by which lines of JSON are asked for. */
export const ndjsonTypes = ['application/x-ndjson', 'application/ndjson', 'application/jsonl'] as const

/**
 * Which of several forms of an answer a caller takes: the first that he names, and the first of all where any will do.
 *
 * @throws ProblemError `not_acceptable`
 */
export function chooseType<Form extends string>(
  accept: string | null,
  forms: Readonly<Record<Form, readonly string[]>>,
): Form {
  const known = Object.entries<readonly string[]>(forms).flatMap(([form, types]) =>
    isFormOf(forms, form) ? [{ form, types }] : [],
  )
  const asked = (accept ?? '*/*').split(',').map((part) => part.split(';')[0]?.trim().toLowerCase() ?? '')
  for (const type of asked) {
    const found = known.find(
      ({ types }) => ['*/*', 'application/*', ''].includes(type) || types.includes(type),
    )
    if (found !== undefined) return found.form
  }
  throw new ProblemError('not_acceptable', `There is no such answer as ${accept}.`)
}

function isFormOf<Form extends string>(forms: Readonly<Record<Form, unknown>>, name: string): name is Form {
  return Object.hasOwn(forms, name)
}
