import { BackstoryError } from '../core/errors.ts'
import { carryContext } from '../db/carry-context.ts'
import { splitContextText } from './context.ts'

/** Options of every `audited(…)`. */
export interface AuditedOptions {
  /** The schema that Backstory was installed in. Default: `backstory`. */
  readonly schema?: string
}

/** The statement that names the actor of what follows in its transaction, for one installation. */
export interface Rider {
  readonly schema: string
  /** With the parts of the context as `$1` and `$2`: `values` gives them. */
  readonly bound: string
  /** The same, which answers with a row: nothing, and the server process that it ran in. Fails without Backstory. */
  readonly asking: string
  /** The same for a connection that keeps it under a name. Succeeds without Backstory. */
  readonly kept: string
  readonly values: (context: string) => readonly [userId: string, circumstances: string]
  /** With the context inside, complete with its semicolon, to stand in front of a text. */
  readonly inline: (context: string) => string
  /** The same as a command that answers no row. */
  readonly block: (context: string) => string
}

/**
 * The rider for the installation in `schema`.
 *
 * @throws BackstoryError `invalid_argument` when the schema is not a plain lower-case name
 */
export function createRider(options: AuditedOptions = {}): Rider {
  const schema = options.schema ?? 'backstory'
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) {
    throw new BackstoryError(
      'invalid_argument',
      `The schema of an installation must be a plain lower-case name, not '${schema}'.`,
      { details: { schema } },
    )
  }
  const { bound, asking, kept, inline, block } = carryContext(schema)
  return {
    schema,
    bound,
    asking,
    kept,
    values: splitContextText,
    inline: (context) => inline(splitContextText(context)),
    block: (context) => block(splitContextText(context)),
  }
}
