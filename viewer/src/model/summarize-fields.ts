import type { ChangedField } from './changed-fields.ts'
import type { LabelledEntry } from './entry-view.ts'

/** What comes before the values: how much changed, and of what kind. */
export function summarizeFields(
  { action }: Pick<LabelledEntry, 'action'>,
  fields: readonly ChangedField[],
): string {
  const count = `${fields.length} field${fields.length === 1 ? '' : 's'}`
  switch (action) {
    case 'insert':
      return fields.length === 0 ? 'It came into being.' : `It came into being with ${count}:`
    case 'delete':
      return fields.length === 0 ? 'It was deleted.' : `It was deleted. It was, with ${count}:`
    case 'update':
      return fields.length === 0 ? 'What changed is not told.' : `${count} ${describeKinds(fields)}:`
    case 'read':
      return 'It was looked at; nothing changed.'
    case 'snapshot':
      return 'Its state was recorded; nothing changed.'
    case 'erase':
      return 'Personal data was erased from its history.'
  }
}

function describeKinds(fields: readonly ChangedField[]): string {
  const added = fields.filter(({ before, isRedacted }) => before === undefined && !isRedacted).length
  const removed = fields.filter(({ after, isRedacted }) => after === undefined && !isRedacted).length
  if (added === fields.length) return 'added'
  if (removed === fields.length) return 'removed'
  const kinds = [...(added > 0 ? [`${added} added`] : []), ...(removed > 0 ? [`${removed} removed`] : [])]
  return kinds.length === 0 ? 'changed' : `changed (${kinds.join(', ')})`
}
