import { useState } from 'preact/hooks'

let count = 0

/** An id of its own for each component, in any shadow tree; preact's also tells trees of servers apart, which there are none of. */
export function useUniqueId(): string {
  return useState(() => `b${count++}`)[0]
}
