export { createBackstory } from './backstory/backstory.ts'
export type { Backstory, BackstoryOptions, InstallationSchema } from './backstory/backstory.ts'
export type { Check, CheckOptions, CheckReport } from './backstory/check.ts'
export type { Element } from './backstory/element.ts'
export type { ReferringCheck, ReferringFilter } from './backstory/referring-filter.ts'
export type { ElementDiffOptions } from './backstory/element-diff.ts'
export type { CountOptions, EntryPage, EntryQuery } from './backstory/entries.ts'
export type { EntryDescription, EntryFilter } from './backstory/entry-filter.ts'
export type { ComparedStates, NarrowedBackstory, NarrowedElement } from './backstory/narrowed.ts'
export type { NarrowedScope, NarrowedType } from './backstory/narrowed-states.ts'
export type { ElementIds, ReadOptions } from './backstory/reads.ts'
export type { RestoreOptions } from './backstory/restore.ts'
export type { Moment } from './backstory/moment.ts'
export type {
  ElementState,
  ElementType,
  Scope,
  StateQuery,
  TypeStatesOptions,
  StatesOptions,
  UnknownState,
} from './backstory/states.ts'
export type { StatsOptions } from './backstory/stats.ts'
export type { Time } from './backstory/times.ts'
export { trackSql, untrackSql } from './backstory/track-sql.ts'
export type { UndoneChange, Undone, UndoOptions, UndoWhat } from './backstory/undo.ts'
export type { Watch, WatchOptions } from './backstory/watch.ts'
export { actingAs, currentContext } from './context/context.ts'
export type { Context } from './context/context.ts'
export { apply, rewind } from './core/apply.ts'
export type { Action, Changes } from './core/changes.ts'
export { diff } from './core/diff.ts'
export { diffDocuments } from './core/document-diff/diff-documents.ts'
export type { DocumentChange, DocumentDiffOptions } from './core/document-diff/diff-documents.ts'
export { diffWords } from './core/document-diff/diff-words.ts'
export type { TextPart } from './core/document-diff/diff-words.ts'
export { toJsonPatch } from './core/document-diff/json-patch.ts'
export type { JsonPatchOperation } from './core/document-diff/json-patch.ts'
export { toMergePatch } from './core/document-diff/merge-patch.ts'
export type { ElementId, Entry } from './core/entry.ts'
export { BackstoryError } from './core/errors.ts'
export type { BackstoryErrorCode, BackstoryErrorDetails } from './core/errors.ts'
export { describeQuery } from './core/query/describe-query.ts'
export type { QueryDescription } from './core/query/describe-query.ts'
export { formatQuery, formatTerm } from './core/query/format-query.ts'
export { parseQuery } from './core/query/parse-query.ts'
export type { Query, QueryKey, QueryScalar, QueryTerm } from './core/query/query.ts'
export type { Gap, GapKind, GapSide } from './core/gap.ts'
export { conflictsOf } from './core/undo/conflict.ts'
export type { ConflictMode, UndoConflict } from './core/undo/conflict.ts'
export type { OmittedColumn } from './core/undo/plan.ts'
export { formatJson, parseJson } from './core/json.ts'
export type { JsonNumber, JsonObject, JsonValue } from './core/json.ts'
export type { BlamedEntry, BlamedLeaf } from './db/blame.ts'
export type { Database } from './db/connect.ts'
export type { EntryCount } from './db/entries.ts'
export type { LogIndex } from './db/indexes.ts'
export type { InstallOptions } from './db/install.ts'
export type { SeenElement, Sight } from './db/sight.ts'
export type { StatsKey, StatsKeys, StatsRow } from './db/stats.ts'
export type { TrackedTable, TrackOptions } from './db/track.ts'
export type { NamedVersion } from './db/versions.ts'
export type { UninstallOptions } from './db/uninstall.ts'
export { Audited } from './orm/marks/audited.ts'
export type { AuditedOptions, ClassMark, ColumnMark, PropertyMark } from './orm/marks/audited.ts'
export { auditedTables } from './orm/marks/audited-tables.ts'
export type { AuditedSource, AuditedTable } from './orm/marks/audited-tables.ts'
export type { ColumnImage, DocumentImage, NonFinite } from './orm/tables/images.ts'
export type {
  DrizzleTable,
  EntityClass,
  EntityMetadataSource,
  MikroOrmSchema,
  NamedTable,
  PrismaModel,
  SequelizeModel,
  TableReference,
  TypeormSchema,
} from './orm/tables/references.ts'
export { tableOf } from './orm/tables/resolve.ts'
export type { StateOf } from './orm/tables/state.ts'
