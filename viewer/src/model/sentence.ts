import { getJsonKey } from '../../../src/core/json.ts'
import { changedFields } from './changed-fields.ts'
import { nameOf, nameType, undoesOf, type LabelledEntry } from './entry-view.ts'
import { listNames, nameField, nameKey } from './field-names.ts'

/** A part of a sentence; the kind says how it is set. */
export interface SentencePart {
  readonly kind: 'actor' | 'text' | 'element' | 'field'
  readonly text: string
}

/** How names are found for a sentence. */
export interface SentenceOptions {
  /** What to call the actor of an entry. */
  readonly actorName: string
  /** The column that is the label of an element type; null where there is none. */
  readonly labelColumn: string | null
  /** Leaves the element out where a page is about nothing else. */
  readonly isAboutOneElement: boolean
}

/** One entry in one sentence: who, what, to which element. When, why and via what stand beside it. */
export function describeEntry(entry: LabelledEntry, options: SentenceOptions): readonly SentencePart[] {
  return [part('actor', options.actorName), ...predicate(entry, options)]
}

/** A sentence as text, for announcements and names of controls. */
export function sentenceText(parts: readonly SentencePart[]): string {
  return parts.map((one) => one.text).join('')
}

function predicate(entry: LabelledEntry, options: SentenceOptions): readonly SentencePart[] {
  const element = part('element', nameOf(entry))
  const whole = options.isAboutOneElement ? text(`this ${nameType(entry.elementType)}`) : element
  switch (entry.action) {
    case 'insert':
      return [text(undoesOf(entry).length > 0 ? ' brought back ' : ' created '), whole]
    case 'delete':
      return [text(undoesOf(entry).length > 0 ? ' took back the creation of ' : ' deleted '), whole]
    case 'update':
      return describeUpdate(entry, options, element)
    case 'read':
      return [text(' looked at '), element]
    case 'snapshot':
      return [text(' recorded the state of '), element]
    case 'erase':
      return [text(' erased personal data of '), element]
  }
}

function describeUpdate(
  entry: LabelledEntry,
  { labelColumn, isAboutOneElement }: SentenceOptions,
  element: SentencePart,
): readonly SentencePart[] {
  const fields = changedFields(entry.changes)
  const names = fields.length > 0 ? fields.map(({ path }) => nameField(path)) : entry.fields.map(nameKey)
  const verb = undoesOf(entry).length > 0 ? ' restored ' : ' changed '
  const renaming = fields.length === 1 && labelColumn !== null ? renamed(entry, labelColumn) : null
  if (renaming !== null) {
    return [
      text(' renamed '),
      part('element', renaming.before),
      text(' to '),
      part('element', renaming.after),
    ]
  }
  const of = isAboutOneElement ? [] : [text(' of '), element]
  if (names.length === 0) return [text(verb), element]
  if (names.length === 1) return [text(verb), part('field', names[0] ?? ''), ...of]
  return [text(`${verb}${names.length} fields`), ...of, text(': '), part('field', listNames(names))]
}

function renamed(
  { changes }: LabelledEntry,
  column: string,
): { readonly before: string; readonly after: string } | null {
  const before = changes?.before === undefined ? undefined : getJsonKey(changes.before, column)
  const after = changes?.after === undefined ? undefined : getJsonKey(changes.after, column)
  return typeof before === 'string' && typeof after === 'string' && before !== '' && after !== ''
    ? { before, after }
    : null
}

/** Words of a sentence. */
export function text(words: string): SentencePart {
  return part('text', words)
}

/** A part of a sentence that is set apart. */
export function part(kind: SentencePart['kind'], words: string): SentencePart {
  return { kind, text: words }
}
