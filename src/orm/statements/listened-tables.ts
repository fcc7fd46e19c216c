import { BackstoryError } from '../../core/errors.ts'
import type { ListenedTable } from './statement-recorder.ts'

/** The tables that a listener of statements records, by name, each with the columns of its primary key. */
export type ListenedTables = Readonly<Record<string, readonly string[]>>

/** Finds a table that is recorded, by its exact names; no schema is `public`. */
export type FindTable = (schema: string | undefined, name: string) => ListenedTable | undefined

/**
 * Reads the tables that a listener is told: `{ accounts: ['id'], 'sales.lines': ['order_id', 'n'] }`.
 *
 * @param verb who was told, for the error
 * @throws BackstoryError `invalid_argument` for a table without a key
 */
export function parseListenedTables(tables: ListenedTables, verb: string): FindTable {
  const listened = new Map(
    Object.entries(tables).map(([given, key]) => {
      if (key.length === 0) {
        throw new BackstoryError(
          'invalid_argument',
          `${verb} wants the columns of the primary key of ${given}.`,
        )
      }
      const [, schema = 'public', name = given] = schemaAndName.exec(given)?.map(unquote) ?? []
      return [identity(schema, name), { schema, name, key }]
    }),
  )
  return (schema, name) => listened.get(identity(schema ?? 'public', name))
}

const schemaAndName = /^([^".]+|"(?:[^"]|"")+")\.([^".]+|"(?:[^"]|"")+")$/

function unquote(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name
}

function identity(schema: string, name: string): string {
  return JSON.stringify([schema, name])
}
