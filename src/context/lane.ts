import type { Standing } from './plan-riders.ts'

/** The memory of a rider about one connection, or about one transaction of it: what it knows to be in force there. */
export interface Lane {
  standing: Standing
}

const lanes = new WeakMap<object, Lane>()

/** The lane of an audited client or transaction handle; nothing for one that carries no context by itself. */
export function laneOf(handle: object): Lane | undefined {
  return lanes.get(handle)
}

/** Remembers the lane of a handle that `audited` has made its own. */
export function assignLane(handle: object, lane: Lane): void {
  lanes.set(handle, lane)
}
