import { render, type ComponentChild } from 'preact'

import { withToken, type Bearer } from '../api/with-token.ts'
import type { ViewerClient, ViewerElement } from '../embedding.ts'
import type { Actor } from '../model/entry-view.ts'
import type { ViewerSettings } from '../shell/create-viewer.ts'
import { keepFocus } from '../shell/keep-focus.ts'
import { sheetOf } from '../shell/use-sheet.tsx'
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

const commonAttributes = ['api', 'locale', 'time-zone', 'keyboard', 'previewable', 'token']

/** Registers a custom element, unless the page has it already. */
export function defineElement({ tag, attributes, draw }: ElementDefinition): void {
  if (customElements.get(tag) !== undefined) return
  class DefinedElement extends HTMLElement implements ViewerElement {
    static readonly observedAttributes = [...commonAttributes, ...attributes]
    readonly #root = this.attachShadow({ mode: 'open', delegatesFocus: false })
    #client: ViewerClient | undefined
    readonly #bearer: Bearer = { token: undefined, renew: undefined, isRefused: false }
    #formatActor: ((actor: Actor) => string) | undefined
    #isPending = false
    #settings: ViewerSettings | null | undefined

    constructor() {
      super()
      this.#root.adoptedStyleSheets = [sheetOf(commonStyle)]
      keepFocus(this.#root)
    }

    get client(): ViewerClient | undefined {
      return this.#client
    }
    set client(client: ViewerClient | undefined) {
      this.#client = client
      this.#renew()
    }

    get token(): string | undefined {
      return this.#bearer.token
    }
    set token(token: string | undefined) {
      this.#carry({ token })
    }

    get renewToken(): Bearer['renew'] {
      return this.#bearer.renew
    }
    set renewToken(renew: Bearer['renew']) {
      this.#carry({ renew })
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
      for (const name of ['client', 'formatActor', 'token', 'renewToken'] as const) {
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
      if (name === 'token') this.#carry({ token: after ?? undefined })
      else if (commonAttributes.includes(name)) this.#renew()
      else this.#redraw()
    }

    #carry(change: Partial<Bearer>): void {
      const { token, renew, isRefused } = Object.assign(this.#bearer, change)
      // who carries one that is good goes on with the other: what is seen stays
      const isCarried = this.#settings?.isTokenCarried ?? false
      if (isRefused || isCarried !== ((token ?? renew) !== undefined)) this.#renew()
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
      const { token, renew } = this.#bearer
      const isTokenCarried = (token ?? renew) !== undefined
      return {
        client: isTokenCarried ? withToken(client, this.#bearer) : client,
        isTokenCarried,
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
