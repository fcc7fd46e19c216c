import { useLayoutEffect, useState } from 'preact/hooks'

/** A value that changes, and says so. The idea of @preact/signals, without the computed ones, which nothing here needs. */
export interface Signal<Value> {
  value: Value
  /** @returns ends it */
  readonly subscribe: (listener: () => void) => () => void
}

/** A signal that its holder only reads. */
export interface ReadonlySignal<Value> extends Readonly<Signal<Value>> {}

/** Creates a signal. */
export function signal<Value>(initial: Value): Signal<Value> {
  const listeners = new Set<() => void>()
  let current = initial
  return {
    get value() {
      return current
    },
    set value(next) {
      if (next === current) return
      current = next
      for (const listener of listeners) listener()
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** The value of a signal, in a component that is drawn again when it changes. */
export function useSignal<Value>(source: ReadonlySignal<Value>): Value {
  const [, draw] = useState<unknown>()
  const drawn = source.value
  useLayoutEffect(() => {
    const redraw = () => draw({})
    // it may have changed since it was drawn
    if (source.value !== drawn) redraw()
    return source.subscribe(redraw)
  }, [source])
  return drawn
}
