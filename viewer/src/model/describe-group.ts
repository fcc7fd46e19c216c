import { appendPointer } from '../../../src/core/pointer.ts'
import { nameOf, nameType, type LabelledEntry } from './entry-view.ts'
import { listNames, nameField } from './field-names.ts'
import type { EntryGroup } from './group-entries.ts'
import type { SentencePart } from './sentence.ts'

/** An edit session, or a transaction over several elements, in one sentence. */
export function describeGroup(
  { kind, entries }: EntryGroup,
  actorName: string,
  isAboutOneElement: boolean,
): readonly SentencePart[] {
  const [newest] = entries
  const actor = { kind: 'actor', text: actorName } as const
  if (kind === 'session') {
    const of: readonly SentencePart[] = isAboutOneElement
      ? []
      : [
          { kind: 'text', text: ' of ' },
          { kind: 'element', text: nameOf(newest) },
        ]
    if (entries.at(-1)?.action === 'insert') {
      const what = isAboutOneElement ? `this ${nameType(newest.elementType)}` : nameOf(newest)
      return [
        actor,
        { kind: 'text', text: ' created ' },
        { kind: isAboutOneElement ? 'text' : 'element', text: what },
        {
          kind: 'text',
          text: newest.action === 'delete' ? ' and deleted it again' : ' and went on editing it',
        },
      ]
    }
    const names = [...new Set(entries.flatMap(fieldNames))]
    return [
      actor,
      { kind: 'text', text: names.length === 1 ? ' changed ' : ` worked on ${names.length} fields` },
      ...(names.length === 1 ? [{ kind: 'field', text: names[0] ?? '' } as const, ...of] : of),
      ...(names.length > 1
        ? [{ kind: 'text', text: ': ' } as const, { kind: 'field', text: listNames(names) } as const]
        : []),
    ]
  }
  const elements = Map.groupBy(entries, ({ elementType, elementId }) =>
    JSON.stringify([elementType, elementId]),
  )
  const firsts = [...elements.values()].map(([entry]) => entry ?? newest)
  // those that people know by a name
  const labels = firsts.flatMap(({ label }) => (label === null ? [] : [label]))
  const what = ` ${verbOf(entries)} ${countTypes(firsts)}`
  if (labels.length === 0) return [actor, { kind: 'text', text: what }]
  const more = firsts.length - labels.length
  return [
    actor,
    { kind: 'text', text: `${what}: ` },
    { kind: 'field', text: listNames(labels) + (more > 0 && labels.length <= 4 ? ' …' : '') },
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
