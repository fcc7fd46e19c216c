import type { Answerer } from './call.ts'
import type { RouteName } from './contract/routes.ts'
import { answerActivity, answerFacets } from './routes/counts.ts'
import { answerBlame, answerDiff, answerElement, answerField, answerState } from './routes/element.ts'
import {
  answerCount,
  answerDeleted,
  answerEntries,
  answerEntry,
  answerTransaction,
} from './routes/entries.ts'
import { answerExport } from './routes/export.ts'
import { answerMe } from './routes/me.ts'
import { answerScopeStates, answerTypeStates } from './routes/states.ts'
import { answerPreviewRestore, answerPreviewUndo, answerRestore, answerUndo } from './routes/undo.ts'
import { answerForgetVersion, answerNameVersion, answerVersions } from './routes/versions.ts'
import { answerWatch } from './routes/watch.ts'

/** Who answers which route. */
export const answerers: { readonly [Name in RouteName]: Answerer<Name> } = {
  me: answerMe,
  entries: answerEntries,
  count: answerCount,
  entry: answerEntry,
  transaction: answerTransaction,
  element: answerElement,
  state: answerState,
  diff: answerDiff,
  blame: answerBlame,
  field: answerField,
  typeStates: answerTypeStates,
  scopeStates: answerScopeStates,
  deleted: answerDeleted,
  facets: answerFacets,
  activity: answerActivity,
  watch: answerWatch,
  export: answerExport,
  versions: answerVersions,
  nameVersion: answerNameVersion,
  forgetVersion: answerForgetVersion,
  previewRestore: answerPreviewRestore,
  restore: answerRestore,
  previewUndo: answerPreviewUndo,
  undo: answerUndo,
}
