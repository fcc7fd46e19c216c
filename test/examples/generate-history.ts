import fc from 'fast-check'

/**
 * Histories in the format of docs/guide/replay.md: documents that are inserted, changed, saved unchanged, deleted and
 * created again, with numbers as jsonb tells them apart (`1`, `1.0`, `1e2`, 40 digits).
 */
export function generateHistory(): fc.Arbitrary<readonly string[]> {
  return fc
    .array(fc.tuple(fc.constantFrom('ada', 'bo', 'chidi'), fc.array(wish, { minLength: 1, maxLength: 8 })), {
      minLength: 60,
      maxLength: 60,
      size: 'max',
    })
    .map(fulfil)
}

interface Wish {
  readonly index: string
  readonly doc: string
  readonly kind: 'write' | 'save' | 'delete'
}

const numberText = fc.constantFrom(
  '0',
  '-0',
  '1',
  '1.0',
  '1e2',
  '100',
  '1.50e-3',
  '12345678901234567890.0123456789',
)
const member = fc.oneof(
  numberText,
  fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
)
const document = fc.dictionary(fc.constantFrom('name', 'hp', 'desc', 'actions', '__proto__', ''), member).map(
  (members) =>
    `{${Object.entries(members)
      .map(([key, text]) => `${JSON.stringify(key)}:${text}`)
      .join(',')}}`,
)
const wish: fc.Arbitrary<Wish> = fc.record({
  // few, so that they meet again; some that need quoting in an element id
  index: fc.constantFrom('aboleth', 'light', 'a "quoted" one', 'back\\slash', 'ünï', '7'),
  doc: document,
  kind: fc.constantFrom('write', 'write', 'write', 'save', 'delete'),
})

// an operation must fit the world as it is then
function fulfil(lines: readonly (readonly [string, readonly Wish[]])[]): readonly string[] {
  const world = new Map<string, string>()
  return lines.map(([author, wishes]) => {
    const ops = wishes.flatMap(({ index, doc, kind }) => {
      const present = world.get(index)
      const id = `"kind":"Monsters","index":${JSON.stringify(index)}`
      if (present === undefined) {
        world.set(index, doc)
        return [`{"action":"insert",${id},"doc":${doc}}`]
      }
      if (kind === 'delete') {
        world.delete(index)
        return [`{"action":"delete",${id}}`]
      }
      const next = kind === 'save' ? present : doc
      world.set(index, next)
      return [`{"action":"update",${id},"doc":${next}}`]
    })
    return `{"commit":"c0ffee","author":"${author}","timestamp":"2026-01-31T12:00:00Z","ops":[${ops.join(',')}]}`
  })
}
