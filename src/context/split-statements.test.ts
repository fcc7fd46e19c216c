import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { splitStatements, type BackslashMeaning } from './split-statements.ts'

function textsOf(text: string, backslash?: BackslashMeaning): readonly string[] | undefined {
  return splitStatements(text, backslash)?.map((statement) => statement.text.trim())
}

describe('a text is split into its statements', () => {
  test.each([
    ['', []],
    [' ; ;; ', []],
    ['-- nothing', []],
    ['select 1', ['select 1']],
    ['a;b; c ;', ['a', 'b', 'c']],
    ["a ';' ; b", ["a ';'", 'b']],
    ["a 'it''s;' ; b", ["a 'it''s;'", 'b']],
    ["a E'\\';' ; b", ["a E'\\';'", 'b']],
    ["a '\\'; b", ["a '\\'", 'b']],
    ['a ";" ; b', ['a ";"', 'b']],
    ['a "x"";" ; b', ['a "x"";"', 'b']],
    ['a $$;$$ ; b', ['a $$;$$', 'b']],
    ['a $f$;$$;$f$ ; b', ['a $f$;$$;$f$', 'b']],
    ['a $1;b $2', ['a $1', 'b $2']],
    ['a tab$x$;b', ['a tab$x$', 'b']],
    ['a -- ;\n ; b', ['a -- ;', 'b']],
    ['a -- ; to the end', ['a -- ; to the end']],
    ['a /* ; /* ; */ ; */ ; b', ['a /* ; /* ; */ ; */', 'b']],
    ['/* first */ a; -- then\nb', ['a', 'b']],
    [
      'create rule r as on insert to t do also (a; b); c',
      ['create rule r as on insert to t do also (a; b)', 'c'],
    ],
    ['(select 1); b', ['select 1)', 'b']],
    ['größe; b', ['größe', 'b']],
  ])('%j', (text, expected) => {
    expect(textsOf(text)).toEqual(expected)
  })

  test('with backslashes as escapes where the server takes them so', () => {
    expect(textsOf("a '\\';' ; b", 'escape')).toEqual(["a '\\';'", 'b'])
    expect(textsOf("a 'x' ; b", 'unknown')).toEqual(["a 'x'", 'b'])
  })

  test.each([
    ["a 'unfinished"],
    ['a "unfinished'],
    ['a $$unfinished'],
    ['a /* unfinished'],
    ["a E'unfinished\\'"],
    ['create function f() returns int language sql begin atomic insert into t values (1); select 1; end; b'],
  ])('but not where that is uncertain: %j', (text) => {
    expect(splitStatements(text)).toBeUndefined()
  })

  test('but not with a backslash of unknown meaning', () => {
    expect(splitStatements("a '\\'; b", 'unknown')).toBeUndefined()
  })

  test('where each begins in the text', () => {
    const text = ' /* x */ insert; -- y\n (update)'
    expect(splitStatements(text)?.map(({ start }) => text.slice(start, start + 6))).toEqual([
      'insert',
      'update',
    ])
  })

  test('whatever the pieces are, joined by semicolons they come apart again', () => {
    const piece = fc.constantFrom(
      "'a;b'",
      '";"',
      "$$;'$$",
      "E'\\';'",
      '/*;*/',
      '--;\n',
      '(;)',
      'word',
      '1',
      '$1',
      ',',
    )
    const statement = fc.array(piece, { minLength: 1 }).map((pieces) => `x ${pieces.join(' ')}`)
    fc.assert(
      fc.property(fc.array(statement), (statements) => {
        expect(textsOf(statements.join(';'))).toEqual(statements.map((text) => text.trim()))
      }),
    )
  })

  test('any text at all ends, with statements in order', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...`a';"$-\n/*()E\\ `) }), (text) => {
        for (const { start, text: statement } of splitStatements(text, 'unknown') ?? []) {
          expect(text.slice(start, start + statement.length)).toBe(statement)
        }
      }),
    )
  })
})
