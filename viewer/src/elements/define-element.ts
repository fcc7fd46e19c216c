import { render, type ComponentChild } from 'preact'

import type { ViewerClient, ViewerElement } from '../embedding.ts'
import type { Actor } from '../model/entry-view.ts'
import type { ViewerSettings } from '../shell/create-viewer.ts'
import { sheetOf } from '../shell/use-sheet.ts'
import { commonStyle } from '../styles/sheets.ts'

/** What an element is drawn from. */
export interface ElementState {
  /** The value of an attribute; null where it is not set. */
  readonly attribute: (name: string) => string | null
  /** How to reach the API and how to write; null where the page does not say where it is. */
  readonly settings: ViewerSettings | null
}

/** A custom element. */
export interface ElementDefinition {
  readonly tag: string
  /** Beside those that every element has. */
  readonly attributes: readonly string[]
  readonly draw: (state: ElementState) => ComponentChild
}

const commonAttributes = ['api', 'locale', 'time-zone', 'keyboard', 'previewable']

/** Registers a custom element, unless the page has it already. */
export function defineElement({ tag, attributes, draw }: ElementDefinition): void {
  if (customElements.get(tag) !== undefined) return
  class DefinedElement extends HTMLElement implements ViewerElement {
    static readonly observedAttributes = [...commonAttributes, ...attributes]
    readonly #root = this.attachShadow({ mode: 'open', delegatesFocus: false })
    #client: ViewerClient | undefined
    #formatActor: ((actor: Actor) => string) | undefined
    #isPending = false
    #settings: ViewerSettings | null | undefined

    constructor() {
      super()
      this.#root.adoptedStyleSheets = [sheetOf(commonStyle)]
    }

    get client(): ViewerClient | undefined {
      return this.#client
    }
    set client(client: ViewerClient | undefined) {
      this.#client = client
      this.#renew()
    }

    get formatActor(): ((actor: Actor) => string) | undefined {
      return this.#formatActor
    }
    set formatActor(format: ((actor: Actor) => string) | undefined) {
      this.#formatActor = format
      this.#renew()
    }

    connectedCallback(): void {
      // what was set before the element was known hides the properties of the class
      for (const name of ['client', 'formatActor'] as const) {
        const early = Object.getOwnPropertyDescriptor(this, name)
        if (early === undefined) continue
        Reflect.deleteProperty(this, name)
        Reflect.set(this, name, early.value)
      }
      this.#renew()
    }

    disconnectedCallback(): void {
      queueMicrotask(() => {
        // an element that is moved is connected again by now
        if (!this.isConnected) render(null, this.#root)
      })
    }

    attributeChangedCallback(name: string, before: string | null, after: string | null): void {
      if (before === after) return
      if (commonAttributes.includes(name)) this.#renew()
      else this.#redraw()
    }

    #renew(): void {
      this.#settings = undefined
      this.#redraw()
    }

    #redraw(): void {
      if (this.#isPending) return
      this.#isPending = true
      queueMicrotask(() => {
        this.#isPending = false
        if (!this.isConnected) return
        this.#settings ??= this.#readSettings()
        render(draw({ attribute: (name) => this.getAttribute(name), settings: this.#settings }), this.#root)
      })
    }

    #readSettings(): ViewerSettings | null {
      const api = this.getAttribute('api')
      const client = this.#client ?? (api === null ? undefined : { baseUrl: api.replace(/\/+$/, '') })
      if (client === undefined) return null
      return {
        client,
        host: this,
        locale: this.getAttribute('locale') ?? undefined,
        timeZone: this.getAttribute('time-zone') ?? undefined,
        formatActor: this.#formatActor,
        isKeyboardOn: this.getAttribute('keyboard') !== 'off',
        isPreviewable: this.hasAttribute('previewable'),
      }
    }
  }
  customElements.define(tag, DefinedElement)
}
