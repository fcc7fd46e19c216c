import { AsyncResource } from 'node:async_hooks'

/** A callback that runs in the context of whoever gave it, whoever calls it; anything else as it is. */
export function bindCallback(value: unknown): unknown {
  if (typeof value !== 'function') return value
  return AsyncResource.bind((...args: unknown[]) => Reflect.apply(value, undefined, args))
}
