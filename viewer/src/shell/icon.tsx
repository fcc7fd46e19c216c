import type { JSX } from 'preact'

const paths = {
  chevron: 'M6 4l4 4-4 4',
  close: 'M4 4l8 8M12 4l-8 8',
  filter: 'M2 4h12M4.5 8h7M7 12h2',
  download: 'M8 2.5v7.5M5 7l3 3 3-3M3 13h10',
  restore: 'M3 8a5 5 0 1 0 1.6-3.7M3 2.5v3.2h3.2',
  undo: 'M5.5 3.5L3 6l2.5 2.5M3 6h6.5a3.5 3.5 0 0 1 0 7H7',
  history: 'M8 4.5V8l2.4 1.6M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0z',
  compare: 'M5.5 3v10M10.5 3v10M3 8h2.5M10.5 8H13',
  search: 'M11 11l3 3M12 7A5 5 0 1 1 2 7a5 5 0 0 1 10 0z',
  bin: 'M3 4.5h10M6 4.5V3h4v1.5M4.5 4.5l.6 8.5h5.8l.6-8.5',
  back: 'M10 4L6 8l4 4',
  up: 'M8 13V3M4.5 6.5L8 3l3.5 3.5',
  warning: 'M8 2.5l6 10.5H2zM8 6.5v3M8 11.3v.01',
  lock: 'M4 7.5h8v6H4zM5.5 7.5V5.2a2.5 2.5 0 0 1 5 0v2.3',
  eye: 'M2 8s2-4 6-4 6 4 6 4-2 4-6 4-6-4-6-4zM8 7.5v1',
} as const

/** The name of a drawing. */
export type IconName = keyof typeof paths

/** A small drawing beside words: it says nothing that they do not. */
export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  )
}
