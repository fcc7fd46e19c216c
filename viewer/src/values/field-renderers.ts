import type { JsonValue } from '../../../src/core/json.ts'

/** What is drawn, for whom draws it. */
export interface FieldContext {
  readonly elementType: string
  /** JSON Pointer, the column first. */
  readonly path: string
  /** `before` and `after` of a change; `state` where there is only one. */
  readonly side: 'before' | 'after' | 'state'
}

/**
 * Draws a value in a host's own way: a text, which stays text, or a node, for whose content the host answers.
 * Undefined leaves the value to the viewer.
 */
export type FieldRenderer = (value: JsonValue, context: FieldContext) => string | Node | undefined

/** Which fields a renderer is for. Each condition that is given must hold. */
export interface FieldMatch {
  readonly elementType?: string
  /** `/attributes/portrait`: that field and no other. */
  readonly path?: string
}

const renderers: { readonly match: FieldMatch; readonly render: FieldRenderer }[] = []

/**
 * Has a host draw fields by itself, in every element of the page that is drawn from now on. The latest that fits wins.
 *
 * @returns takes it back
 * @example
 * registerFieldRenderer({ elementType: 'world_elements', path: '/place_id' }, (id) => places.get(id)?.name)
 */
export function registerFieldRenderer(match: FieldMatch, render: FieldRenderer): () => void {
  const registered = { match, render }
  renderers.push(registered)
  return () => {
    const index = renderers.indexOf(registered)
    if (index >= 0) renderers.splice(index, 1)
  }
}

/** What a host draws for a value; undefined where it has nothing to say. A renderer that throws has nothing to say. */
export function renderField(value: JsonValue, context: FieldContext): string | Node | undefined {
  for (const { match, render } of renderers.toReversed()) {
    if (match.elementType !== undefined && match.elementType !== context.elementType) continue
    if (match.path !== undefined && match.path !== context.path) continue
    try {
      const drawn = render(value, context)
      if (drawn !== undefined) return drawn
    } catch (error) {
      reportError(error)
    }
  }
  return undefined
}
