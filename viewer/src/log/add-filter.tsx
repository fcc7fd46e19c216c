import type { JSX } from 'preact'
import { useState } from 'preact/hooks'

import { startOfDay } from '../model/calendar.ts'
import { actionNames, nameType } from '../model/entry-view.ts'
import { withTerm } from '../model/query-chips.ts'
import { useViewer } from '../shell/viewer-context.ts'
import { Menu } from './menu.tsx'
import type { Navigation } from './navigation.ts'
import { useSignal } from '../shell/signal.ts'

const subjects = [
  ['actor', 'Who'],
  ['type', 'Type'],
  ['action', 'Action'],
  ['changed', 'Changed field'],
  ['since', 'Since'],
  ['until', 'Until'],
  ['reason', 'Reason'],
  ['text', 'Text'],
] as const

type Subject = (typeof subjects)[number][0]

/** Builds a filter for those who do not know the query language. */
export function AddFilter({
  navigation,
  query,
}: {
  readonly navigation: Navigation
  readonly query: string
}): JSX.Element {
  const [subject, setSubject] = useState<Subject>('actor')
  const [value, setValue] = useState('')
  const { time } = useViewer()
  const add = () => {
    if (value.trim() === '') return
    const key = subject === 'text' ? null : subject
    const isDay = subject === 'since' || subject === 'until'
    const written = isDay ? startOfDay(value, time) : value.trim()
    navigation.go({ query: withTerm(query, key, written), entry: null })
    setValue('')
  }
  return (
    <Menu icon="filter" label="Add a filter">
      {(close) => (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            add()
            close()
          }}
        >
          <label class="input-row">
            <span>By</span>
            <select
              value={subject}
              onChange={(event) => {
                const chosen = subjects.find(([name]) => name === event.currentTarget.value)
                setSubject(chosen?.[0] ?? 'actor')
                setValue('')
              }}
            >
              {subjects.map(([name, label]) => (
                <option key={name} value={name}>
                  {label}
                </option>
              ))}
            </select>
          </label>
          <label class="input-row">
            <span>Is</span>
            <ValueInput subject={subject} value={value} setValue={setValue} />
          </label>
          <button type="submit" class="button is-primary" disabled={value.trim() === ''}>
            Add
          </button>
        </form>
      )}
    </Menu>
  )
}

function ValueInput({
  subject,
  value,
  setValue,
}: {
  readonly subject: Subject
  readonly value: string
  readonly setValue: (value: string) => void
}): JSX.Element {
  const me = useSignal(useViewer().me)
  const options =
    subject === 'type'
      ? (me?.tables.map(({ elementType }) => [elementType, nameType(elementType)] as const) ?? [])
      : subject === 'action'
        ? Object.entries(actionNames)
        : null
  if (options !== null) {
    return (
      <select value={value} onChange={(event) => setValue(event.currentTarget.value)}>
        <option value="">Choose…</option>
        {options.map(([name, label]) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </select>
    )
  }
  const onInput = (event: { readonly currentTarget: HTMLInputElement }) => setValue(event.currentTarget.value)
  return subject === 'since' || subject === 'until' ? (
    <input type="date" min="1000-01-01" max="9999-12-31" value={value} onInput={onInput} />
  ) : (
    <input type="text" value={value} placeholder={placeholders[subject] ?? ''} onInput={onInput} />
  )
}

const placeholders: Partial<Record<Subject, string>> = {
  actor: 'ada',
  changed: 'attributes.rank',
  reason: 'retcon',
  text: 'any words',
}
