import { quoteLiteral } from './sql.ts'

/** The texts that put a context in force, for one installation. Its parts are the actor and the JSON text of the rest. */
export interface CarryContext {
  /** For the extended protocol, with the parts as `$1` and `$2`: the cheapest to parse and run once. */
  readonly bound: string
  /** The same, dearer, with one row for an answer, whose second value is the server process that ran it. */
  readonly asking: string
  /** The same, the cheapest to run again when it is parsed: dearer than `bound` where it has to be planned. */
  readonly kept: string
  /** With the parts inside, complete with its semicolon; answers one column of the name `riderColumn`. */
  readonly inline: (parts: readonly string[]) => string
  /** The same as a command that answers no row. Dearer, for a driver that cannot tell whose rows are whose. */
  readonly block: (parts: readonly string[]) => string
}

/** The name of the column that an inline rider answers with: nobody else's result has it. */
export const riderColumn = 'backstory.carry_context'

/** Asks which server process answers. */
export const ownProcess = 'select pg_catalog.pg_backend_pid()'

/** The texts for the installation in `schema`, a plain lower-case name. */
export function carryContext(schema: string): CarryContext {
  // quoted, because a plain name may be a keyword
  const routine = schema === 'backstory' ? 'backstory.carry_context' : `"${schema}".carry_context`
  const quoted = (parts: readonly string[]) => parts.map(quoteLiteral).join(', ')
  return {
    bound: `call ${routine}_by_call($1, $2)`,
    asking: `select ${routine}($1, $2), pg_catalog.pg_backend_pid()`,
    // what carry_context does, without a function around it, and without an answer
    kept: `select where pg_catalog.set_config('backstory.user_id', $1, true) is null or pg_catalog.set_config('backstory.context', $2, true) is null`,
    inline: (parts) => `select ${routine}(${quoted(parts)}) as "${riderColumn}";`,
    block: (parts) => `do ${quoteLiteral(`begin perform ${routine}(${quoted(parts)}); end`)};`,
  }
}
