import { describe, expect, test } from 'vitest'

import { applyExamples } from '../../test/support/changes-examples.ts'
import { parseState } from '../../test/support/documents.ts'
import { apply, rewind } from './apply.ts'
import { parseChanges, type Changes } from './changes.ts'
import { BackstoryError } from './errors.ts'
import { formatJson, parseJson, type JsonObject } from './json.ts'

function outcomeOf(run: () => JsonObject | null): string {
  try {
    return formatJson(run())
  } catch (error) {
    return error instanceof BackstoryError && error.code === 'changes_do_not_fit' ? 'error' : String(error)
  }
}

function normalise(expected: string): string {
  return expected === 'error' ? expected : formatJson(parseJson(expected))
}

function parseChangesOrNull(text: string): Changes | null {
  return text === 'null' ? null : parseChanges(text)
}

describe.each([
  ['apply', apply],
  ['rewind', rewind],
] as const)('%s', (verb, run) => {
  test.each(applyExamples.map((example) => [example.changes, example.state, example[verb]] as const))(
    '%s on %s gives %s',
    (changes, state, expected) => {
      expect(outcomeOf(() => run(parseState(state), parseChangesOrNull(changes)))).toBe(normalise(expected))
    },
  )

  test('the error says where the changes do not fit, and no value', () => {
    const nested = parseChanges('{"before":{"o":{"p":{}}},"after":{"o":{"p":{"y":2}}}}')
    expect(() => run({ o: { p: 'secret' } }, nested)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/^(?!.*secret).*o\.p.*continuity check/),
        details: { path: 'o.p' },
      }),
    )
    expect(() => run(null, nested)).toThrow(/no element/)
  })

  test('what did not change is shared with the state', () => {
    const kept = { x: [1, 2, 3] }
    const result = run({ kept, a: 1 }, { before: { a: 1 }, after: { a: 2 } })
    expect(result?.['kept']).toBe(kept)
  })
})
