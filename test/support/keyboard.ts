import type { Page } from 'playwright-core'

/** A page in the hands of somebody who has a keyboard and nothing else. */
export interface Keyboard {
  /** Presses keys one after another: `Tab`, `Shift+Tab`, `Enter`. After each, what has the focus must be in the viewer and be seen to have it. */
  readonly press: (...keys: readonly string[]) => Promise<void>
  /** Types a text, character by character, into what has the focus. */
  readonly type: (text: string) => Promise<void>
  /** Presses Tab, or Shift+Tab, until a control of that name has the focus; `button Export`, `a Deleted`. */
  readonly tabTo: (name: RegExp, way?: 'forward' | 'back') => Promise<void>
  /** The same, and Enter. */
  readonly enter: (name: RegExp, way?: 'forward' | 'back') => Promise<void>
  /** What has the focus now. */
  readonly focused: () => Promise<string>
  /** What was found wrong with the focus, key by key. */
  readonly faults: readonly string[]
}

/** What was seen, and what was used by keys, by all keyboards of a suite. */
export interface Controls {
  readonly seen: Set<string>
  readonly used: Set<string>
}

/** Takes the keyboard of a page into hand. */
export function takeKeyboard(page: Page, controls: Controls): Keyboard {
  const faults: string[] = []
  const look = async (key: string) => {
    const { focus, fault, seen } = await page.evaluate<Look>(`(${lookAround})()`)
    for (const name of seen) controls.seen.add(name)
    // beyond the last control Tab leaves the page, and comes back
    if (fault !== null && !(focus === '' && isTab(key))) faults.push(`${key}: ${fault}`)
    return focus
  }
  const press = async (...keys: readonly string[]) => {
    for (const key of keys) {
      if (!isTab(key)) controls.used.add(await look(key))
      await page.keyboard.press(key)
      await look(key)
    }
  }
  const tabTo = async (name: RegExp, way: 'forward' | 'back' = 'forward') => {
    const passed: string[] = []
    for (let step = 0; step < 150; step++) {
      await page.keyboard.press(way === 'forward' ? 'Tab' : 'Shift+Tab')
      const focus = await look('Tab')
      if (name.test(focus)) return
      passed.push(focus)
    }
    throw new Error(`Tab does not come to ${name}. It comes to:\n${[...new Set(passed)].join('\n')}`)
  }
  return {
    press,
    tabTo,
    faults,
    enter: async (name, way) => {
      await tabTo(name, way)
      await press('Enter')
    },
    type: async (text) => {
      controls.used.add(await look(text))
      await page.keyboard.type(text)
    },
    focused: () => look(''),
  }
}

function isTab(key: string): boolean {
  return /^(?:Shift\+)?Tab$/.test(key)
}

interface Look {
  readonly focus: string
  readonly fault: string | null
  readonly seen: readonly string[]
}

/** Runs in the page: what has the focus, what is wrong with that, and every control that can be seen. */
const lookAround = `() => {
  const viewer = document.querySelector('backstory-log, backstory-timeline')
  const tree = viewer.shadowRoot
  const nameOf = (one) => {
    const label = one.getAttribute('aria-label') ?? one.closest('label')?.textContent ?? one.textContent
    return one.localName + ' ' + label.replaceAll(/\\s+/g, ' ').trim()
  }
  const controls = [...tree.querySelectorAll('button, a, input, select, summary, [tabindex="0"]')]
  const seen = controls.filter((one) => one.checkVisibility({ visibilityProperty: true })).map(nameOf)
  const { activeElement } = tree
  if (activeElement === null) {
    // a page begins with nothing that has the focus
    const isLost = document.wasFocused === true
    return { focus: '', fault: isLost ? 'the focus is lost' : null, seen }
  }
  document.wasFocused = true
  const shows = (one, pseudo) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(one, pseudo)
    return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1
  }
  const isShown = shows(activeElement) || shows(activeElement, '::after') || shows(activeElement.closest('form, dialog') ?? activeElement)
  const focus = nameOf(activeElement).slice(0, 160)
  return { focus, fault: isShown ? null : focus + ' has the focus, and nothing shows it', seen }
}`
