import { BackstoryError } from '../core/errors.ts'
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
  readonly values: (context: string) => readonly [userId: string, circumstances: string]
  /** With the context inside, complete with its semicolon, to stand in front of a text. */
  readonly inline: (context: string) => string
  /** The same as a command that answers no row. Dearer, for a driver that cannot tell whose rows are whose. */
  readonly block: (context: string) => string
}

/** The name of the column that an inline rider answers with: nobody else's result has it. */
export const riderColumn = 'backstory.carry_context'

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
  // quoted, because a plain name may be a keyword
  const call = schema === 'backstory' ? 'backstory.carry_context' : `"${schema}".carry_context`
  return {
    schema,
    bound: `select ${call}($1, $2)`,
    values: splitContextText,
    inline: (context) => `select ${call}(${quoteParts(context)}) as "${riderColumn}";`,
    block: (context) => `do ${quoteLiteral(`begin perform ${call}(${quoteParts(context)}); end`)};`,
  }
}

function quoteParts(context: string): string {
  return splitContextText(context).map(quoteLiteral).join(', ')
}

/**
 * Quotes a text as an SQL literal that means the same whatever `standard_conforming_strings` says (manual: 4.1.2.2
 * String Constants with C-Style Escapes).
 */
function quoteLiteral(text: string): string {
  const quoted = text.replaceAll("'", "''")
  return quoted.includes('\\') ? `E'${quoted.replaceAll('\\', '\\\\')}'` : `'${quoted}'`
}
