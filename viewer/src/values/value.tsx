import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

import { formatJson, isJsonArray, type JsonValue } from '../../../src/core/json.ts'
import { formatMoment } from '../model/format-time.ts'
import { shortenId } from '../model/entry-view.ts'
import { kindOfValue } from '../model/value-kind.ts'
import { useViewer } from '../shell/viewer-context.ts'
import { renderField, type FieldContext } from './field-renderers.ts'
import { JsonTree } from './json-tree.tsx'
import { RelatedElement } from './related-element.tsx'

/** A value, drawn by its kind; as text always, whatever it holds. */
export function Value({
  value,
  context,
}: {
  readonly value: JsonValue | undefined
  readonly context: FieldContext
}): JSX.Element {
  const drawn = value === undefined ? undefined : renderField(value, context)
  if (typeof drawn === 'string') return <span class="value">{drawn}</span>
  if (drawn !== undefined) return <HostNode node={drawn} />
  return <PlainValue value={value} isOwnId={context.path === '/id'} />
}

function PlainValue({
  value,
  isOwnId,
}: {
  readonly value: JsonValue | undefined
  /** Whether it says which element this is, and not which other one it belongs to. */
  readonly isOwnId: boolean
}): JSX.Element {
  if (value === undefined) return <span class="value is-nothing">nothing</span>
  if (value === null) return <span class="value is-nothing">empty</span>
  if (typeof value === 'boolean') return <span class="value is-boolean">{value ? 'yes' : 'no'}</span>
  if (typeof value === 'string') return <PlainText text={value} isOwnId={isOwnId} />
  switch (kindOfValue(value)) {
    case 'number':
      return <span class="value is-number">{formatJson(value)}</span>
    case 'list':
      return <ScalarList items={isJsonArray(value) ? value : []} />
    default:
      return <JsonTree value={value} />
  }
}

function PlainText({ text, isOwnId }: { readonly text: string; readonly isOwnId: boolean }): JSX.Element {
  const { time } = useViewer()
  if (text === '') return <span class="value is-nothing">no text</span>
  switch (kindOfValue(text)) {
    case 'date':
      return <span class="value">{formatDate(text, time.locale)}</span>
    case 'time':
      return (
        <time class="value" dateTime={text} title={text}>
          {isZoned(text) ? formatMoment(text, time) : text.replace('T', ' ')}
        </time>
      )
    case 'id':
      return isOwnId ? (
        <span class="value is-id" title={text}>
          {shortenId(text)}
        </span>
      ) : (
        <RelatedElement id={text} />
      )
    default:
      return <span class="value is-prose">{text}</span>
  }
}

function ScalarList({ items }: { readonly items: readonly JsonValue[] }): JSX.Element {
  if (items.length === 0) return <span class="value is-nothing">empty list</span>
  return (
    <span class="value is-list">
      {items.map((item, index) => (
        <span class="item" key={index}>
          {typeof item === 'string' ? item : formatJson(item)}
        </span>
      ))}
    </span>
  )
}

// a host's node is moved into its place, and given back when the place goes
function HostNode({ node }: { readonly node: Node }): JSX.Element {
  const place = useRef<HTMLSpanElement>(null)
  useEffect(() => place.current?.replaceChildren(node), [node])
  return <span class="value" ref={place} />
}

function formatDate(day: string, locale: string | undefined): string {
  const date = new Date(`${day}T12:00:00Z`)
  if (Number.isNaN(date.valueOf())) return day
  return new Intl.DateTimeFormat(locale, { timeZone: 'UTC', dateStyle: 'long' }).format(date)
}

function isZoned(time: string): boolean {
  return /(?:Z|[+-]\d\d(?::?\d\d)?)$/.test(time) && !Number.isNaN(Date.parse(time.replace(' ', 'T')))
}
