import { riderColumn } from '../../db/carry-context.ts'
import type { Submittable } from './wire.ts'

/**
 * Keeps the answers to riders from a query, which then sees what it would have seen without them. In an extended
 * query the rider is the first to answer; in a simple one riders are known by the name of their column. `onAnswer` is
 * told that a rider has run, with the fields that it answered.
 */
export function hideRiders(
  query: Submittable,
  protocol: 'extended' | 'simple',
  onAnswer: (fields: readonly unknown[]) => void = () => undefined,
): void {
  let riding = protocol === 'extended'
  let answered: readonly unknown[] = []
  const { handleRowDescription, handleDataRow, handleCommandComplete } = query
  query.handleRowDescription = (message) => {
    riding = message.fields?.length === 1 && isRiderField(message.fields[0])
    if (!riding) handleRowDescription?.call(query, message)
  }
  query.handleDataRow = (message) => {
    if (riding) answered = message.fields ?? []
    else handleDataRow?.call(query, message)
  }
  query.handleCommandComplete = (message, connection) => {
    if (riding) {
      riding = false
      onAnswer(answered)
    } else handleCommandComplete?.call(query, message, connection)
  }
}

function isRiderField(field: unknown): boolean {
  return typeof field === 'object' && field !== null && 'name' in field && field.name === riderColumn
}
