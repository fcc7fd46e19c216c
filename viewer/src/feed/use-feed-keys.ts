import { useEffect } from 'preact/hooks'

import { useViewer } from '../shell/viewer-context.ts'

/** What single keys do in a feed. */
export interface FeedKeys {
  /** Where the entries are drawn. */
  readonly root: () => HTMLElement | null
  /** Marks an entry for comparison, by its id. */
  readonly mark: (id: string) => void
  readonly search: (() => void) | null
  readonly help: () => void
  /** Where keys are listened to: the page where the viewer is all of it, else what is around the feed. */
  readonly listenTo: () => EventTarget | null
}

/** j and k, or the arrows, go from entry to entry; c compares, / searches, ? helps. Not while somebody types. */
export function useFeedKeys({ root, mark, search, help, listenTo }: FeedKeys): void {
  const { keyboard } = useViewer()
  useEffect(() => {
    const target = listenTo()
    const onKey = (event: Event) => {
      if (!(event instanceof KeyboardEvent) || !keyboard.value) return
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
      const origin = event.composedPath()[0]
      const isOnEntry = origin instanceof Element && origin.matches('[data-focus]')
      if (isTyping(origin) || isInDialog(origin)) return
      const handled = ((): boolean => {
        switch (event.key) {
          case 'j':
            return move(root(), 1)
          case 'k':
            return move(root(), -1)
          case 'ArrowDown':
            return isOnEntry && move(root(), 1)
          case 'ArrowUp':
            return isOnEntry && move(root(), -1)
          case 'c': {
            const id = isOnEntry ? origin.closest('[data-entry]')?.getAttribute('data-entry') : null
            if (id === null || id === undefined) return false
            mark(id)
            return true
          }
          case '/':
            search?.()
            return search !== null
          case '?':
            help()
            return true
          default:
            return false
        }
      })()
      if (handled) event.preventDefault()
    }
    target?.addEventListener('keydown', onKey)
    return () => target?.removeEventListener('keydown', onKey)
  })
}

function move(root: HTMLElement | null, step: 1 | -1): boolean {
  if (root === null) return false
  const tree = root.getRootNode()
  const active = tree instanceof ShadowRoot ? tree.activeElement : null
  const stops = [...root.querySelectorAll<HTMLElement>('[data-focus]')].filter(
    (stop) => stop !== active && stop.offsetParent !== null,
  )
  // from where the focus is, or else from what is seen
  const isBehind = (stop: HTMLElement) =>
    active === null || active.contains(stop)
      ? stop.getBoundingClientRect().top >= 0
      : (active.compareDocumentPosition(stop) & Node.DOCUMENT_POSITION_FOLLOWING) > 0
  const next = step > 0 ? stops.find(isBehind) : stops.findLast((stop) => !isBehind(stop))
  next?.focus()
  next?.closest('article')?.scrollIntoView({ block: 'nearest' })
  return next !== undefined
}

function isTyping(origin: EventTarget | undefined): boolean {
  return (
    origin instanceof Element &&
    (origin.matches('input:not([type=checkbox]):not([type=radio]), textarea, select') ||
      (origin instanceof HTMLElement && origin.isContentEditable))
  )
}

function isInDialog(origin: EventTarget | undefined): boolean {
  return origin instanceof Element && origin.closest('dialog') !== null
}
