import { isJsonArray, isJsonObject, parseJson, type JsonObject, type JsonValue } from '../core/json.ts'
import type { Reference, Referrer, UndoColumn, UndoKey, UndoTable } from '../core/undo/table.ts'
import type { Client } from './client.ts'
import { sql } from './sql.ts'

/** What undoing has to know of tables, by their ids in `backstory.tracked`; without those that are not tracked now. */
export async function readUndoTables(
  client: Client,
  ids: readonly string[],
): Promise<ReadonlyMap<string, UndoTable>> {
  const rows = await client.query(sql`
select backstory.undo_table(e.id::integer)::text as definition
from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb) as e (id)`)
  const tables = rows.flatMap((row) => {
    const definition = row['definition'] ?? null
    return definition === null ? [] : [parseTable(objectOf(parseJson(definition)))]
  })
  return new Map(tables.map((table) => [table.id, table]))
}

/** The tracked table that an element type names today; null where there is none. */
export async function readUndoTable(client: Client, elementType: string): Promise<UndoTable | null> {
  const [row] = await client.query(sql`
select backstory.undo_table((select n.tracked_id from backstory.names_of(${elementType}) n limit 1))::text as definition`)
  const definition = row?.['definition'] ?? null
  return definition === null ? null : parseTable(objectOf(parseJson(definition)))
}

function parseTable(table: JsonObject): UndoTable {
  const columns = listOf(table, 'columns').map(objectOf).map(parseColumn)
  return {
    id: textOf(table, 'id'),
    elementType: textOf(table, 'elementType'),
    schema: textOf(table, 'schema'),
    name: textOf(table, 'name'),
    isPartitioned: table['isPartitioned'] === true,
    isListened: table['isListened'] === true,
    key: listOf(table, 'key').map(objectOf).map(parseKey),
    columns: new Map(columns.map((column) => [column.name, column])),
    renames: listOf(table, 'renames')
      .map(objectOf)
      .map((rename) => ({
        id: BigInt(textOf(rename, 'id')),
        from: textOf(rename, 'old'),
        to: typeof rename['new'] === 'string' ? rename['new'] : null,
      })),
    references: listOf(table, 'references').map(objectOf).map(parseReference),
    referencedBy: listOf(table, 'referencedBy').map(objectOf).map(parseReferrer),
  }
}

function parseColumn(column: JsonObject): UndoColumn {
  const { withheld, jsonNull } = column
  return {
    name: textOf(column, 'name'),
    ...(withheld === 'redacted' || withheld === 'ignored' || withheld === 'generated' ? { withheld } : {}),
    isNullable: column['isNullable'] === true,
    isRequired: column['isRequired'] === true,
    ...(typeof jsonNull === 'string' ? { jsonNull } : {}),
  }
}

function parseKey(key: JsonObject): UndoKey {
  return { name: textOf(key, 'name'), type: textOf(key, 'type'), isLiteral: key['isLiteral'] === true }
}

function parseReference(reference: JsonObject): Reference {
  return {
    table: textOf(reference, 'table'),
    columns: namesOf(reference, 'columns'),
    referenced: namesOf(reference, 'referenced'),
    isDeferrable: reference['isDeferrable'] === true,
  }
}

function parseReferrer(referrer: JsonObject): Referrer {
  return {
    table: referrer['table'] === null ? null : textOf(referrer, 'table'),
    schema: textOf(referrer, 'schema'),
    name: textOf(referrer, 'name'),
    isPartitioned: referrer['isPartitioned'] === true,
    elementType: textOf(referrer, 'elementType'),
    key: namesOf(referrer, 'key'),
    columns: namesOf(referrer, 'columns'),
    referenced: namesOf(referrer, 'referenced'),
    onDelete: referrer['onDelete'] === 'cascade' ? 'cascade' : parseOtherAction(referrer['onDelete']),
  }
}

function parseOtherAction(action: JsonValue | undefined): Referrer['onDelete'] {
  return action === 'set null' || action === 'set default' ? action : 'refuse'
}

// backstory.undo_table makes them so
function objectOf(value: JsonValue): JsonObject {
  return isJsonObject(value) ? value : {}
}

function listOf(object: JsonObject, key: string): readonly JsonValue[] {
  const value = object[key]
  return value !== undefined && isJsonArray(value) ? value : []
}

function namesOf(object: JsonObject, key: string): readonly string[] {
  return listOf(object, key).filter((name) => typeof name === 'string')
}

function textOf(object: JsonObject, key: string): string {
  const value = object[key]
  return typeof value === 'string' ? value : JSON.stringify(value ?? '')
}
