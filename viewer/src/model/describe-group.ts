import { appendPointer } from '../../../src/core/pointer.ts'
import { nameOf, nameType, type LabelledEntry } from './entry-view.ts'
import { listNames, nameField } from './field-names.ts'
import type { EntryGroup } from './group-entries.ts'
import { part, text, type SentencePart } from './sentence.ts'

/** An edit session, or a transaction over several elements, in one sentence. */
export function describeGroup(
  { kind, entries }: EntryGroup,
  actorName: string,
  isAboutOneElement: boolean,
): readonly SentencePart[] {
  const [newest] = entries
  const actor = part('actor', actorName)
  if (kind === 'session') {
    const of: readonly SentencePart[] = isAboutOneElement
      ? []
      : [text(' of '), part('element', nameOf(newest))]
    if (entries.at(-1)?.action === 'insert') {
      return [
        actor,
        text(' created '),
        isAboutOneElement ? text(`this ${nameType(newest.elementType)}`) : part('element', nameOf(newest)),
        text(newest.action === 'delete' ? ' and deleted it again' : ' and went on editing it'),
      ]
    }
    const names = [...new Set(entries.flatMap(fieldNames))]
    return [
      actor,
      text(names.length === 1 ? ' changed ' : ` worked on ${names.length} fields`),
      ...(names.length === 1 ? [part('field', names[0] ?? ''), ...of] : of),
      ...(names.length > 1 ? [text(': '), part('field', listNames(names))] : []),
    ]
  }
  const elements = Map.groupBy(entries, ({ elementType, elementId }) =>
    JSON.stringify([elementType, elementId]),
  )
  const firsts = [...elements.values()].map(([entry]) => entry ?? newest)
  // those that people know by a name
  const labels = firsts.flatMap(({ label }) => (label === null ? [] : [label]))
  const what = ` ${verbOf(entries)} ${countTypes(firsts)}`
  if (labels.length === 0) return [actor, text(what)]
  const more = firsts.length - labels.length
  return [
    actor,
    text(`${what}: `),
    part('field', listNames(labels) + (more > 0 && labels.length <= 4 ? ' …' : '')),
  ]
}

function fieldNames(entry: LabelledEntry): readonly string[] {
  return entry.fields.map((column) => nameField(appendPointer('', column)))
}

function verbOf(entries: readonly LabelledEntry[]): string {
  const actions = new Set(entries.map(({ action }) => action))
  if (actions.size > 1) return 'changed'
  return actions.has('insert')
    ? 'created'
    : actions.has('delete')
      ? 'deleted'
      : actions.has('read')
        ? 'looked at'
        : 'changed'
}

// `3 relations and 1 world element`
function countTypes(entries: readonly LabelledEntry[]): string {
  const types = Map.groupBy(entries, ({ elementType }) => elementType)
  const counts = [...types].map(
    ([type, { length }]) => `${length} ${nameType(type)}${length === 1 ? '' : 's'}`,
  )
  return counts.length > 1 ? `${counts.slice(0, -1).join(', ')} and ${counts.at(-1)}` : (counts[0] ?? '')
}
