import { inThisContext } from './context.ts'

/** A callback that runs in the context of whoever gave it, whoever calls it; anything else as it is. */
export function bindCallback(value: unknown): unknown {
  if (typeof value !== 'function') return value
  return inThisContext((...args: unknown[]): unknown => Reflect.apply(value, undefined, args))
}
