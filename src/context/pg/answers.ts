import { riderColumn } from '../../db/carry-context.ts'
import type { Submittable } from './wire.ts'

/**
 * Keeps the answers to riders from a query, which then sees what it would have seen without them. In an extended
 * query the rider is the first to answer; in a simple one riders are known by the name of their column. `onAnswer` is
 * told that a rider has run.
 */
export function hideRiders(
  query: Submittable,
  protocol: 'extended' | 'simple',
  onAnswer: () => void = () => undefined,
): void {
  let riding = protocol === 'extended'
  const { handleRowDescription, handleDataRow, handleCommandComplete } = query
  query.handleRowDescription = (message) => {
    riding = message.fields?.length === 1 && message.fields[0]?.name === riderColumn
    if (!riding) handleRowDescription?.call(query, message)
  }
  query.handleDataRow = (message) => {
    if (!riding) handleDataRow?.call(query, message)
  }
  query.handleCommandComplete = (message, connection) => {
    if (riding) {
      riding = false
      onAnswer()
    } else handleCommandComplete?.call(query, message, connection)
  }
}
