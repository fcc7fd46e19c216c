import type { Statement } from './client.ts'

/**
 * Makes a statement from a template: every value becomes a bound parameter, cast to text, because drivers disagree
 * about every other type. A statement inside a template is spliced in with its own values.
 *
 * @example
 * sql`select id::text from public.audit_logs where element_id = ${id}`
 * // text: select id::text from public.audit_logs where element_id = $1::text, values: [id]
 */
export function sql(
  strings: TemplateStringsArray,
  ...parts: readonly (string | null | Statement)[]
): Statement {
  let text = strings[0] ?? ''
  const values: (string | null)[] = []
  parts.forEach((part, index) => {
    if (part === null || typeof part === 'string') {
      values.push(part)
      text += `$${values.length}::text`
    } else {
      text += part.text.replaceAll(/\$(\d+)/g, (_, number: string) => `$${Number(number) + values.length}`)
      values.push(...part.values)
    }
    text += strings[index + 1] ?? ''
  })
  return { text, values }
}

/** Joins statements with a text between them, `' and '` for conditions. */
export function joinStatements(statements: readonly Statement[], separator: string): Statement {
  return statements.reduce(
    (joined, statement) => sql`${joined}${{ text: separator, values: [] }}${statement}`,
  )
}

/** Quotes a name as an SQL identifier (manual: 4.1.1 Identifiers and Key Words). */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/**
 * Quotes a text as an SQL literal, as `quote_literal` does (manual: 9.4 String Functions), so that it means the same whatever
 * `standard_conforming_strings` says.
 */
export function quoteLiteral(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`
  return quoted.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted
}

const ownSettings = 'user_id|context|following|attaching|photograph_'

/**
 * Turns SQL that is written for the schemas `backstory` (machinery) and `public` (log) into the same for an
 * installation that is whole in `schema`. The names of our settings (`backstory.context`) stay: riders and
 * functions of every installation share them; the names of triggers are each installation's own.
 */
export function relocate(text: string, schema: string): string {
  if (schema === 'backstory') return text
  return text
    .replaceAll(new RegExp(`\\bbackstory\\.(?!(?:${ownSettings})\\b)`, 'g'), `${schema}.`)
    .replaceAll(/\bschema (if not exists )?backstory\b/g, `schema $1${schema}`)
    .replaceAll(/\bpublic\.(?=audit_)/g, `${schema}.`)
    .replaceAll('!backstory_', `!${schema}_`)
}
