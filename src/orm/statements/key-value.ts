import type { KeyValue } from '../recorder.ts'

/** Whether a value can stand in a key. */
export function isKeyValue(value: unknown): value is KeyValue {
  return (
    ['string', 'number', 'bigint', 'boolean'].includes(typeof value) ||
    value instanceof Date ||
    value instanceof Uint8Array
  )
}
