import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { apply, rewind } from '../src/core/apply.ts'
import { parseChanges, type Changes } from '../src/core/changes.ts'
import { diff } from '../src/core/diff.ts'
import { formatJson, isSameJson, parseJson, type JsonObject, type JsonValue } from '../src/core/json.ts'
import { applyExamples, diffExamples } from './support/changes-examples.ts'
import { describeOnEveryDatabase, type TestDatabase } from './support/database.ts'
import { documentPair, jsonObject, parseState } from './support/documents.ts'

/** Runs an SQL expression over a, b, c: once for each list of JSON texts, all in one statement. 'null' is null. */
async function evaluate(
  db: TestDatabase,
  expression: string,
  lists: readonly (readonly string[])[],
): Promise<readonly string[]> {
  const rows = await db.query(
    `
with input as (
  select
    nullif((v.list ->> 0)::jsonb, 'null') as a,
    nullif((v.list ->> 1)::jsonb, 'null') as b,
    nullif((v.list ->> 2)::jsonb, 'null') as c,
    v.number
  from jsonb_array_elements($1::jsonb) with ordinality as v (list, number)
)
select coalesce((${expression})::text, 'null') as result
from input
order by number`,
    [JSON.stringify(lists)],
  )
  return rows.map((row) => String(row['result']))
}

/** The SQLSTATE and the text of the error that an expression ends in, or `none`. */
async function errorOf(db: TestDatabase, expression: string, list: readonly string[]): Promise<string> {
  try {
    await evaluate(db, expression, [list])
    return 'none'
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return `${String(Reflect.get(error, 'code'))} ${error.message} ${String(Reflect.get(error, 'hint'))}`
  }
}

const compact = (text: string): string => formatJson(parseJson(text))

const textOf = (changes: Changes | null): string => JSON.stringify(changes)

function sameText(one: string, other: string): boolean {
  return isSameJson(parseJson(one), parseJson(other))
}

describeOnEveryDatabase('changes', (db) => {
  test.each(diffExamples)(
    'from $before to $after the changes are $changes',
    async ({ before, after, changes }) => {
      const [result = ''] = await evaluate(db(), 'backstory.diff(a, b)', [[before, after]])
      expect(sameText(result, changes), result).toBe(true)
    },
  )

  describe.each(['apply', 'rewind'] as const)('%s', (verb) => {
    const rows = applyExamples.map((example) => [example.changes, example.state, example[verb]] as const)

    test.each(rows.filter(([, , expected]) => expected !== 'error'))(
      '%s on %s gives %s',
      async (changes, state, expected) => {
        const [result = ''] = await evaluate(db(), `backstory.${verb}(a, b)`, [[state, changes]])
        expect(sameText(result, expected), result).toBe(true)
      },
    )

    test.each(rows.filter(([, , expected]) => expected === 'error'))(
      '%s on %s is refused with what to do',
      async (changes, state) => {
        expect(await errorOf(db(), `backstory.${verb}(a, b)`, [state, changes])).toMatch(
          /^BS110 The changes do not fit the state: .* Give changes in the order of the log/,
        )
      },
    )

    test.each(['{"before":null}', '{"after":null}', '{"before":[],"after":{}}', '{"after":1}', '[]', '"a"'])(
      '%s are refused as no changes',
      async (changes) => {
        const error = await errorOf(db(), `backstory.${verb}(a, b)`, ['{"a":1}', changes])
        expect(error).toMatch(/^BS110 These are no changes/)
      },
    )

    test('the error says where the changes do not fit, and no value', async () => {
      const changes = '{"before":{"a":1,"o":{"p":{},"q":{}}},"after":{"o":{"p":{"y":2},"q":{"y":2}}}}'
      const error = await errorOf(db(), `backstory.${verb}(a, b)`, ['{"o":{"p":{},"q":"secret"}}', changes])
      expect(error).toContain('inside of o.q,')
      expect(error).not.toContain('secret')
    })
  })

  test('SQL and TypeScript give the same changes, and both can be applied and rewound', async () => {
    expect.hasAssertions()
    const pair = fc.oneof(
      { weight: 5, arbitrary: documentPair },
      { weight: 1, arbitrary: fc.record({ before: jsonObject, after: jsonObject }) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(pair, { minLength: 100, maxLength: 200 }), async (pairs) => {
        const found = await evaluate(
          db(),
          `(
            select jsonb_build_array(
              a, b, d.changes,
              backstory.apply(a, d.changes)::text = b::text,
              backstory.rewind(b, d.changes)::text = a::text
            )
            from (select backstory.diff(a, b) as changes offset 0) as d
          )`,
          pairs.map(({ before, after }) => [formatJson(before), formatJson(after)]),
        )
        for (const text of found) expectAgreement(text)
      }),
      { numRuns: 4 },
    )
  })

  test('SQL and TypeScript apply and rewind changes alike that belong to another state, or refuse them', async () => {
    const triple = fc.tuple(documentPair, documentPair)
    await fc.assert(
      fc.asyncProperty(fc.array(triple, { minLength: 100, maxLength: 200 }), async (triples) => {
        const inputs = triples.flatMap(([pair, other]) => {
          const changes = diff(pair.before, pair.after) ?? {}
          return [
            [formatJson(other.before), textOf(changes)],
            [formatJson(other.before), textOf({ before: pair.before, after: pair.after })],
            [formatJson(pair.before), textOf({ before: other.before, after: pair.after })],
          ]
        })
        const [fitting, others] = [inputs.filter(isFitting), inputs.filter((input) => !isFitting(input))]
        const found = await evaluate(
          db(),
          'jsonb_build_array(backstory.apply(a, b), backstory.rewind(a, b))',
          fitting,
        )
        found.forEach((text, index) => {
          const [state = '', changes = ''] = fitting[index] ?? []
          const expected = [
            apply(parseState(state), parseChanges(changes)),
            rewind(parseState(state), parseChanges(changes)),
          ]
          expect(isSameJson(parseJson(text), expected), `${state} ${changes} ${text}`).toBe(true)
        })
        for (const input of others.slice(0, 10)) {
          const expression = 'jsonb_build_array(backstory.apply(a, b), backstory.rewind(a, b))'
          expect(await errorOf(db(), expression, input), String(input)).toMatch(/^BS110/)
        }
      }),
      { numRuns: 2 },
    )
  })

  test('a history folds forward from its insert and backward from its end', async () => {
    const states = fc.array(fc.option(jsonObject, { nil: null, freq: 3 }), { minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(fc.array(states, { minLength: 20, maxLength: 40 }), async (histories) => {
        const inputs = histories.map((history) => {
          const steps = [null, ...history]
          const changes = history.map((state, index) => diff(steps[index] ?? null, state) ?? {})
          return [JSON.stringify(changes), formatJson(history.at(-1) ?? null)]
        })
        const folds = await evaluate(
          db(),
          `(
            select jsonb_build_array(
              backstory.apply_all(e.changes order by e.id),
              backstory.rewind_all(b, e.changes order by e.id desc),
              backstory.rewind_all(b, e.changes order by e.id desc) filter (where e.id > 1)
            )
            from jsonb_array_elements(a) with ordinality as e (changes, id)
          )`,
          inputs,
        )
        folds.forEach((text, index) => {
          const history = histories[index] ?? []
          const first = history.length === 1 ? null : (history[0] ?? null)
          expect(isSameJson(parseJson(text), [history.at(-1) ?? null, null, first]), text).toBe(true)
        })
      }),
      { numRuns: 2 },
    )
  })

  test('rewinding begins with the state of its first row, and goes past an insert to no element', async () => {
    const folds = await evaluate(
      db(),
      `(
        select backstory.rewind_all(a, nullif(e.changes, 'null') order by e.id desc)
        from jsonb_array_elements(b) with ordinality as e (changes, id)
      )`,
      [
        ['{"a":3}', '[{"before":{"a":2},"after":{"a":3}}]'],
        ['{"a":3}', '[{"after":{"a":2}},{"before":{"a":2},"after":{"a":3}}]'],
        ['{"a":3}', '[{"before":{"a":1}},{},{"after":{"a":3}}]'],
        ['{"a":3}', '[{},{"redacted":["s"]},{"after":{"a":3}},null]'],
        ['null', '[{"before":{"a":2},"after":{"a":3}},{"before":{"a":3}}]'],
        ['{"a":3}', '[]'],
      ],
    )
    expect(folds.map(compact)).toEqual(['{"a":2}', 'null', '{"a":1}', 'null', '{"a":2}', 'null'])
  })

  test('rewinding does not go on from nothing with an update', async () => {
    const history = '[{"before":{"a":2},"after":{"a":3}},{"after":{"a":3}}]'
    const error = await errorOf(
      db(),
      `(
        select backstory.rewind_all(a, e.changes order by e.id desc)
        from jsonb_array_elements(b) with ordinality as e (changes, id)
      )`,
      ['{"a":3}', history],
    )
    expect(error).toMatch(/^BS110 .*no element/)
  })

  test.each([
    ['the same key', (key: number) => `"k${key}":${key}`, (key: number) => `"k${key}":${key + 1}`],
    ['another key', (key: number) => `"k${key}":${key}`, (key: number) => `"other ${key}":${key}`],
    [
      'an object',
      (key: number) => `"k${key}":{"v":${key},"w":1}`,
      (key: number) => `"k${key}":{"v":${key}.0,"w":1}`,
    ],
  ])(
    'a document of thousands of keys, each changed in %s, is compared, applied and rewound',
    async (_, old, next) => {
      const numbers = Array.from({ length: 3000 }, (_unused, index) => index)
      expect(
        await roundTrip(db(), `{${numbers.map(old).join(',')}}`, `{${numbers.map(next).join(',')}}`),
      ).toEqual(faithful)
    },
  )

  test('a thousand levels are compared, applied and rewound', async () => {
    expect(await roundTrip(db(), nest('1'), nest('2'))).toEqual(faithful)
  })

  test('compressed documents are compared, applied and rewound', async () => {
    const rows = await db().session(async (session) => {
      await session.run(`
create temporary table compressed as
select
  (select jsonb_object_agg('key ' || i, repeat('word ' || i, 20)) from generate_series(1, 500) as i) as before,
  (select jsonb_object_agg('key ' || i, repeat('word ' || i / 2, 20)) from generate_series(2, 501) as i) as after`)
      return session.query(`
select
  pg_column_size(before) < length(before::text) / 2 as is_compressed,
  backstory.apply(before, backstory.diff(before, after)) = after as is_after,
  backstory.rewind(after, backstory.diff(before, after)) = before as is_before
from compressed`)
    })
    expect(rows).toEqual([{ is_compressed: true, is_after: true, is_before: true }])
  })
})

/** `text` is what SQL gave: [before, after, changes, whether apply gave after, whether rewind gave before]. */
function expectAgreement(text: string): void {
  const [before, after, changes, applied, rewound]: readonly JsonValue[] = toList(parseJson(text))
  const expected = diff(toState(before), toState(after))
  expect(isSameJson(changes ?? null, parseJson(textOf(expected))), `${text} but ${textOf(expected)}`).toBe(
    true,
  )
  expect([applied, rewound], text).toEqual([true, true])
  expect(isSameJson(apply(toState(before), expected), after ?? null), text).toBe(true)
  expect(isSameJson(rewind(toState(after), expected), before ?? null), text).toBe(true)
}

const faithful = { sameChanges: true, isAfter: true, isBefore: true }

/** Compares, applies and rewinds in SQL: whether the changes are those of TypeScript, and lead there and back. */
async function roundTrip(db: TestDatabase, before: string, after: string): Promise<typeof faithful> {
  const [changes = ''] = await evaluate(db, 'backstory.diff(a, b)', [[before, after]])
  const [applied = ''] = await evaluate(db, 'backstory.apply(a, b)', [[before, changes]])
  const [rewound = ''] = await evaluate(db, 'backstory.rewind(a, b)', [[after, changes]])
  return {
    sameChanges: sameText(changes, textOf(diff(parseState(before), parseState(after)))),
    isAfter: sameText(applied, after),
    isBefore: sameText(rewound, before),
  }
}

function nest(leaf: string): string {
  return `${'{"a":1.0,"b":'.repeat(1000)}${leaf}${'}'.repeat(1000)}`
}

function isFitting([state = '', changes = '']: readonly string[]): boolean {
  try {
    apply(parseState(state), parseChanges(changes))
    rewind(parseState(state), parseChanges(changes))
    return true
  } catch {
    return false
  }
}

function toList(value: JsonValue): readonly JsonValue[] {
  if (!Array.isArray(value)) throw new Error('no list')
  return value
}

function toState(value: JsonValue | undefined): JsonObject | null {
  return parseState(formatJson(value ?? null))
}
