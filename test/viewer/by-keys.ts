import { actingAs } from 'backstory'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll } from 'vitest'

import { describeInChromium, type OpenOptions } from '../support/chromium.ts'
import { takeKeyboard, type Controls, type Keyboard } from '../support/keyboard.ts'
import { openWorld } from './world.ts'

type World = Awaited<ReturnType<typeof openWorld>>

/** What a suite by keys alone works with. */
export interface ByKeys {
  readonly world: () => World
  /** What all of the suite has seen and used. */
  readonly controls: Controls
  /** Opens a page and takes its keyboard. What is wrong with the focus fails the test. */
  readonly show: (url: string, options?: OpenOptions) => Promise<Keyboard & { readonly page: Page }>
  /** Writes an element as somebody. */
  readonly write: (userId: string, id: string, name: string, summary: string) => Promise<unknown>
  /** What an element is in the database. */
  readonly stateOf: (id: string) => Promise<unknown>
}

/** Declares a suite in which nobody has a mouse. */
export function describeByKeys(title: string, suite: (keys: ByKeys) => void): void {
  describeInChromium(title, (open) => {
    let world: World
    let keyboards: Keyboard[] = []
    const controls = { seen: new Set<string>(), used: new Set<string>() }
    beforeAll(async () => {
      world = await openWorld()
    })
    afterAll(() => world.close())
    afterEach(() => {
      const faults = keyboards.flatMap((keyboard) => keyboard.faults)
      keyboards = []
      if (faults.length > 0) throw new Error(faults.join('\n'))
    })
    suite({
      world: () => world,
      controls,
      show: async (url, options) => {
        const page = await open(url, options)
        const keyboard = takeKeyboard(page, controls)
        keyboards.push(keyboard)
        return { page, ...keyboard }
      },
      write: (userId, id, name, summary) =>
        actingAs({ userId }, () =>
          world.pool.query('update world_elements set name = $2, summary = $3 where id = $1', [
            id,
            name,
            summary,
          ]),
        ),
      stateOf: async (id) => {
        const { rows } = await world.pool.query<{ name: string; summary: string }>(
          'select name, summary from world_elements where id = $1',
          [id],
        )
        return rows[0]
      },
    })
  })
}
