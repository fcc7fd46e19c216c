import { formatElementType } from '../../db/element-type.ts'
import { writeTrack, writeUntrack } from '../../db/track-sql.ts'
import { canonicalOptions, readTrackedHere, type TrackOptions } from '../../db/track.ts'
import type { NamedInSchema } from '../tables/references.ts'
import type { MikroConnection, MikroMetadata, MikroOrm, MikroSchemaHelper, MikroTable } from './types.ts'

/** Has MikroORM's schema generator leave the log and the machinery alone: it would drop what it has no entity for. */
export function leaveAlone({ config }: MikroOrm, schema: string): void {
  const generator = config.get('schemaGenerator')
  generator.ignoreSchema = [...(generator.ignoreSchema ?? []), schema]
  generator.skipTables = [...(generator.skipTables ?? []), 'audit_logs']
}

/**
 * Has the schema generator, and the migrations with it, track the table of an entity: as a trigger whose whole statement is
 * ours, since that is what MikroORM compares and carries. A table that is tracked by listener has one too, in its books.
 */
export function generateTracking(
  meta: MikroMetadata,
  table: NamedInSchema,
  options: TrackOptions,
  schema: string,
): void {
  meta.triggers = [...(meta.triggers ?? []), triggerOf(table, options, schema)]
}

/**
 * Has what MikroORM reads of the database say what is tracked, as `generateTracking` would: our triggers as one, with the
 * options that are in force. So a changed option is a difference, and what is no longer tracked is untracked.
 */
export function readTracking(helper: MikroSchemaHelper, schema: string): void {
  const knownSchemas = taught.get(helper) ?? new Set()
  if (knownSchemas.has(schema)) return
  taught.set(helper, knownSchemas.add(schema))
  const { name } = triggerOf({ name: '' }, {}, schema)
  const load = helper.loadInformationSchema.bind(helper)
  const drop = helper.dropTrigger.bind(helper)
  helper.loadInformationSchema = async (database, connection, ...others) => {
    await load(database, connection, ...others)
    const tracked = await readTrackedHere(clientOf(connection, others[2]), schema)
    for (const table of database.getTables()) {
      const options = tracked.get(typeOf(table))
      table.setTriggers([
        ...table.getTriggers().filter((trigger) => !trigger.name.startsWith(`!${schema}_`)),
        ...(options === undefined ? [] : [triggerOf(table, options, schema)]),
      ])
    }
  }
  helper.dropTrigger = (table, trigger) => {
    if (trigger.name !== name) return drop(table, trigger)
    // a changed one is tracked anew without a gap; with a table its tracking goes by itself
    return table.hasTrigger(name) ? '' : writeUntrack(typeOf(table), schema)
  }
}

const taught = new WeakMap<MikroSchemaHelper, Set<string>>()

function triggerOf(
  table: NamedInSchema,
  options: TrackOptions,
  schema: string,
): MikroMetadata['triggers'][number] {
  return {
    name: `!${schema}_capture`,
    timing: 'after',
    events: ['insert', 'update', 'delete'],
    forEach: 'row',
    expression: writeTrack(typeOf(table), canonicalOptions(options), schema),
  }
}

function typeOf({ schema = 'public', name }: NamedInSchema | MikroTable): string {
  return formatElementType(schema, name)
}

function clientOf(connection: MikroConnection, transaction: unknown) {
  return {
    query: ({ text }: { readonly text: string }) => connection.execute(text, [], 'all', transaction),
  }
}
