import fc from 'fast-check'

import { isJsonObject, parseJson, type JsonObject, type JsonValue } from '../../src/core/json.ts'

/** Two states of one element, as an update leaves them: most of the structure is shared. */
export interface DocumentPair {
  readonly before: JsonObject
  readonly after: JsonObject
}

/** Names that are something else in JavaScript, in SQL or in a path; few, so that two objects often share some. */
const awkwardKeys = [
  'a',
  'b',
  'c',
  '',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'before',
  'after',
  'rawJSON',
  '10',
  '9',
  'a.b',
  'é',
  '😀',
  'say "x"',
  'back\\slash',
  '{}',
]

const zeros = (count: number): string => '0'.repeat(count)

/** Numbers as jsonb prints them; many of one line are the same to some `=`, as numbers or as doubles. */
const numberTexts = [
  ['0', '0.0', '0.00'],
  ['1', '1.0', '1.00'],
  ['-1', '-1.0'],
  ['0.1', '0.10'],
  ['100', '100.0'],
  ['9007199254740992', '9007199254740993', '12345678901234567890', '12345678901234567891'],
  ['0.1234567890123456789012345678901234567890', '0.1234567890123456789012345678901234567891'],
  [`1${zeros(400)}`, `1${zeros(400)}.0`, `1${zeros(399)}1`],
  [`0.${zeros(400)}1`, '0.0000001', '0.000001'],
].flat()

const key = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...awkwardKeys) },
  { weight: 1, arbitrary: fc.string() },
)

const scalar: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.constantFrom(...numberTexts).map(parseJson),
  fc.constantFrom('', '1', '1.0', 'null', 'a', 'A', '\n"\\', 'é', 'e\u0301'),
  fc.string(),
  fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '')),
)

/** An object with these entries, `__proto__` an entry like any other. */
const objectOf = (
  entries: fc.Arbitrary<readonly (readonly [string, JsonValue])[]>,
): fc.Arbitrary<JsonObject> => entries.map((list) => Object.fromEntries(list))

type Tied = {
  value: JsonValue
  object: JsonObject
  objectPair: DocumentPair
  valuePair: readonly [JsonValue | undefined, JsonValue | undefined]
}

const tied = fc.letrec<Tied>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 4, arbitrary: scalar },
    { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
    { weight: 2, arbitrary: tie('object') },
  ),
  object: objectOf(fc.array(fc.tuple(key, tie('value')), { maxLength: 5 })),
  valuePair: fc.oneof(
    { depthSize: 'small' },
    tie('value').map((value) => [value, value] as const),
    tie('value').map((value) => [value, undefined] as const),
    tie('value').map((value) => [undefined, value] as const),
    fc.tuple(tie('value'), tie('value')),
    fc.tuple(tie('value'), tie('value')).map(([one, other]) => [[one], [other, one]] as const),
    tie('objectPair').map(({ before, after }) => [before, after] as const),
  ),
  objectPair: fc
    .uniqueArray(fc.tuple(key, tie('valuePair')), {
      selector: ([name]) => name,
      maxLength: 8,
    })
    .map((members) => ({
      before: Object.fromEntries(
        members.flatMap(([name, [old]]) => (old === undefined ? [] : [[name, old]])),
      ),
      after: Object.fromEntries(
        members.flatMap(([name, [, next]]) => (next === undefined ? [] : [[name, next]])),
      ),
    })),
}))

/** Any JSON value that jsonb can hold. */
export const jsonValue: fc.Arbitrary<JsonValue> = tied.value

/** Any JSON object that jsonb can hold. */
export const jsonObject: fc.Arbitrary<JsonObject> = tied.object

/** Two states that share most of their structure. */
export const documentPair: fc.Arbitrary<DocumentPair> = tied.objectPair

/** Texts of numbers that JavaScript's are too small, too short or too coarse for. */
export const numberText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...numberTexts),
  fc.stringMatching(/^-?(0|[1-9]\d{0,40})(\.\d{1,40})?$/),
  fc.stringMatching(/^-?(0|[1-9]\d{0,3})(\.\d{1,3})?([eE][-+]?\d{1,3})?$/),
)

/** A state from its text: an object, or null for no element. */
export function parseState(text: string): JsonObject | null {
  const value = parseJson(text)
  if (value !== null && !isJsonObject(value)) throw new Error(`${text} is no state`)
  return value
}
