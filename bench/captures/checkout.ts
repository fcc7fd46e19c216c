import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Capture, Place } from './capture.ts'

/** Reads a file of a peer's checkout, which the reader brought: none of it is part of this repository. */
export async function readCheckout(
  { peers }: Place,
  { checkout }: Capture,
  ...path: readonly string[]
): Promise<string> {
  if (peers === undefined || checkout === undefined) throw new Error('There is no folder of checkouts.')
  return readFile(join(peers, checkout, ...path), 'utf8')
}

/** The names of the files in a folder of a checkout, in order. */
export async function listCheckout(
  { peers }: Place,
  { checkout }: Capture,
  ...path: readonly string[]
): Promise<readonly string[]> {
  if (peers === undefined || checkout === undefined) throw new Error('There is no folder of checkouts.')
  return (await readdir(join(peers, checkout, ...path))).toSorted()
}
