import { styleText } from 'node:util'

import type { Changes, Entry } from 'backstory'

import { listLeafChanges } from '../leaf-changes.ts'
import { createTable, formatTable, pageWidth } from '../../print/page.ts'
import { formatLeafChange } from './word-diff.ts'

/** One entry for people: a sentence, then what changed, value by value. */
export function formatEntry(entry: Entry): string {
  const changes = entry.changes ?? {}
  const time = styleText('dim', entry.timestamp.slice(11, 23))
  const reason = entry.context?.['reason']
  const why = typeof reason === 'string' ? styleText('italic', ` “${reason}”`) : ''
  return `${styleText('cyan', '●')} ${time} ${describe(entry, changes)}${why}\n${formatChanges(changes)}`
}

/** Who acted: `muse (agent, for ada)`. */
export function formatActor(entry: Pick<Entry, 'userId' | 'context'>): string {
  const { actorKind, onBehalfOf } = entry.context ?? {}
  const particulars = [
    ...(typeof actorKind === 'string' ? [actorKind] : []),
    ...(typeof onBehalfOf === 'string' ? [`for ${onBehalfOf}`] : []),
  ]
  const name = entry.userId ?? 'nobody'
  return particulars.length === 0 ? name : `${name} (${particulars.join(', ')})`
}

function describe(entry: Entry, changes: Changes): string {
  const actor = styleText('bold', formatActor(entry))
  if (entry.action === 'insert') return `${actor} created it`
  if (entry.action === 'delete') return `${actor} deleted it`
  const fields = [
    ...new Set([
      ...Object.keys(changes.before ?? {}),
      ...Object.keys(changes.after ?? {}),
      ...(changes.redacted ?? []),
    ]),
  ]
  return `${actor} changed ${fields.join(', ')}`
}

function formatChanges(changes: Changes): string {
  const table = createTable([], [3, 24, pageWidth() - 27])
  for (const leaf of listLeafChanges(changes)) {
    if (isFilled(leaf.before) || isFilled(leaf.after)) {
      table.push([styleText('cyan', '│'), leaf.path, formatLeafChange(leaf)])
    }
  }
  for (const column of changes.redacted ?? []) {
    table.push([styleText('cyan', '│'), column, styleText('yellow', 'changed; its value is withheld')])
  }
  return formatTable(table)
}

function isFilled(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}
