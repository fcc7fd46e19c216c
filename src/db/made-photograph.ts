/**
 * The parts of a statement that photographs by the function that is made for a table, in the literal names. Arguments are
 * expressions: parameters, or columns.
 */

/** Puts the context in force, where one is given: what `photograph` does first. */
export function bringContext(userId: string, circumstances: string): string {
  return `case
    when ${userId}::text is not null
      then concat(
        set_config('backstory.user_id', ${userId}, true), set_config('backstory.context', ${circumstances}::text, true)
      )
  end`
}

/** Locks the rows of a group, and gives what is kept of them: of what the function does not take, their images. */
export function keepRows(photographRow: string, group: string): string {
  return `coalesce(
    ${photographRow}(${group}), concat('{', backstory.photographed_groups(jsonb_build_array(${group})), '}')
  )`
}
