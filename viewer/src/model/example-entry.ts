import type { LabelledEntry } from './entry-view.ts'

/** An entry for tests: an update of a name, but for what is given. */
export function exampleEntry(given: Partial<LabelledEntry> = {}): LabelledEntry {
  const changes =
    'changes' in given ? (given.changes ?? null) : { before: { name: 'Ged' }, after: { name: 'Sparrowhawk' } }
  const { before = {}, after = {} } = changes ?? {}
  return {
    id: '1',
    elementType: 'world_elements',
    elementId: '9b2f0000-0000-4000-8000-000000000001',
    scope: null,
    userId: 'ada',
    timestamp: '2026-01-31T12:00:00.000000Z',
    action: 'update',
    transactionId: given.id ?? '1',
    context: null,
    label: 'Ged',
    fields: [...new Set([...Object.keys(before), ...Object.keys(after)])],
    ...given,
    changes,
  }
}
