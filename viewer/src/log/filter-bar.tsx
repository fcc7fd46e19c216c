import type { JSX, RefObject } from 'preact'
import { useEffect, useState } from 'preact/hooks'

import { Icon } from '../shell/icon.tsx'
import { useCan } from '../shell/viewer-context.ts'
import { AddFilter } from './add-filter.tsx'
import { ExportMenu } from './export-menu.tsx'
import { FilterChips } from './filter-chips.tsx'
import type { Navigation } from './navigation.ts'
import { useSignal } from '../shell/signal.ts'

/** What is asked for: as text in the query language, and as chips that can be taken away one by one. */
export function FilterBar({
  navigation,
  input,
  isOfEntries,
}: {
  readonly navigation: Navigation
  readonly input: RefObject<HTMLInputElement | null>
  /** Whether entries are listed, and not what is gone. */
  readonly isOfEntries: boolean
}): JSX.Element {
  const { query, isRaw } = useSignal(navigation.state)
  const [text, setText] = useState(query)
  const mayExport = useCan('export')
  useEffect(() => setText(query), [query])
  return (
    <div class="filter-bar" part="filter">
      <form
        class="filter-form"
        role="search"
        onSubmit={(event) => {
          event.preventDefault()
          navigation.go({ query: text.trim(), entry: null })
        }}
      >
        <Icon name="search" />
        <input
          type="search"
          data-land
          ref={input}
          value={text}
          aria-label="Filter"
          autocomplete="off"
          spellcheck={false}
          placeholder={'actor:ada  type:world_elements  changed:name  since:7d  "free text"'}
          onInput={(event) => {
            setText(event.currentTarget.value)
            // the cross that empties the field asks for everything at once
            if (event.currentTarget.value === '' && query !== '') navigation.go({ query: '', entry: null })
          }}
        />
        <button type="submit" class="button is-quiet">
          Filter
        </button>
      </form>
      <div class="filter-tools">
        <AddFilter navigation={navigation} query={query} />
        {isOfEntries ? (
          <label class="check is-small">
            <input
              type="checkbox"
              checked={isRaw}
              onChange={(event) => navigation.go({ isRaw: event.currentTarget.checked })}
            />
            <span>Every entry by itself</span>
          </label>
        ) : null}
        {isOfEntries && mayExport ? <ExportMenu query={query} /> : null}
      </div>
      <FilterChips query={query} navigation={navigation} />
    </div>
  )
}
