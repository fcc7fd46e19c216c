import { BackstoryError } from '../core/errors.ts'

/** Deeper nesting is refused: it is a mistake, and PostgreSQL's own limit is an obscure error in the middle of a write. */
const maximumDepth = 100

/**
 * Checks a context where it enters and gives a copy that PostgreSQL can store: plain objects, arrays and scalars.
 * A key that is `undefined` stays, so that it can take away an outer one.
 *
 * @throws BackstoryError `invalid_context` naming the key and what is wrong with it
 */
export function parseContext(given: unknown): Record<string, unknown> {
  if (!isPlainObject(given)) {
    throw invalid(`A context must be an object such as { userId: 'ada' }, not ${describe(given)}.`)
  }
  const entries = Object.entries(given).map(([key, value]): [string, unknown] => [
    storable(key),
    value === undefined ? undefined : copy(value, key, [given]),
  ])
  const context = Object.fromEntries(entries)
  for (const key of texts) checkText(context, key)
  const kind = context['actorKind']
  if (kind !== undefined && !actorKinds.includes(kind)) {
    throw invalid(`The context's actorKind must be one of ${actorKinds.join(', ')}, not ${describe(kind)}.`)
  }
  return context
}

const texts = ['userId', 'onBehalfOf', 'requestId', 'reason', 'ip', 'outcome', 'traceparent'] as const
const actorKinds: readonly unknown[] = ['user', 'system', 'agent', 'api']

function checkText(context: Readonly<Record<string, unknown>>, key: (typeof texts)[number]): void {
  const value = context[key]
  if (value === undefined) return
  if (typeof value !== 'string') {
    throw invalid(
      `The context's ${key} must be a text, not ${describe(value)}. Leave it out, or use String(…).`,
    )
  }
  if (value === '' && (key === 'userId' || key === 'onBehalfOf')) {
    throw invalid(`The context's ${key} must not be empty. Leave it out where nobody is known.`)
  }
}

function copy(value: unknown, path: string, ancestors: readonly unknown[]): unknown {
  switch (typeof value) {
    case 'string':
      return storable(value)
    case 'boolean':
      return value
    case 'number':
      if (Number.isFinite(value)) return value
      break
    case 'object':
      return value === null ? null : copyObject(value, path, ancestors)
    default:
      break
  }
  throw invalid(`The context's ${path} is ${describe(value)}, which JSON cannot hold.`)
}

function copyObject(value: object, path: string, ancestors: readonly unknown[]): unknown {
  if (ancestors.includes(value)) throw invalid(`The context's ${path} contains itself.`)
  if (ancestors.length >= maximumDepth) throw invalid(`The context's ${path} is nested too deeply.`)
  const inner = [...ancestors, value]
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    const json: unknown = value.toJSON()
    return json === value ? copyKeys(value, path, inner) : copy(json, path, inner)
  }
  if (Array.isArray(value)) return value.map((item, index) => copy(item, `${path}[${index}]`, inner))
  if (isPlainObject(value)) return copyKeys(value, path, inner)
  throw invalid(`The context's ${path} is ${describe(value)}: give a plain object.`)
}

function copyKeys(value: object, path: string, ancestors: readonly unknown[]): Record<string, unknown> {
  // fromEntries, unlike assignment, makes an ordinary key of "__proto__"
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [storable(key), copy(item, `${path}.${key}`, ancestors)]),
  )
}

// Texts that jsonb refuses, in the context as anywhere, would make the business write fail.
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\uFFFD')
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // the prototype's own prototype is null for the Object.prototype of any realm
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function describe(value: unknown): string {
  if (value === null) return 'null'
  if (value === '') return 'an empty text'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') {
    const { constructor } = value
    return typeof constructor === 'function' && constructor.name !== 'Object'
      ? `a ${constructor.name}`
      : 'an object'
  }
  if (typeof value === 'number' || typeof value === 'bigint') return `the ${typeof value} ${value}`
  return typeof value === 'string' ? `'${value.slice(0, 40)}'` : `a ${typeof value}`
}

function invalid(message: string): BackstoryError {
  return new BackstoryError('invalid_context', message)
}
