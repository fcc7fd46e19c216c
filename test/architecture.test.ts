import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

import { describe, expect, test } from 'vitest'

const source = resolve(import.meta.dirname, '../src')

/** Which folders of src a folder may import, beside itself. The table in docs/architecture.md says the same. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: [],
  db: ['core'],
  context: ['core', 'db'],
  orm: ['core', 'db', 'context'],
  backstory: ['core', 'db', 'context', 'orm'],
  http: ['core', 'context', 'backstory'],
}

/** Which packages a folder may import; `node:` stands for Node's own. */
const allowedPackages: Readonly<Record<string, readonly string[]>> = {
  core: [],
  db: [],
  context: ['node:'],
  orm: [],
  backstory: ['node:'],
  http: ['node:', 'zod'],
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => ({ file, text: readFileSync(join(source, file), 'utf8') }))

function importsOf(text: string): readonly string[] {
  return [...text.matchAll(/^(?:import|export)\b[^'"`;=]*?from\s+'([^']+)'|^import\s+'([^']+)'/gm)].map(
    (match) => match[1] ?? match[2] ?? '',
  )
}

describe('the architecture', () => {
  test('every file imports only what its layer may, type-only imports included', () => {
    const violations = files.flatMap(({ file, text }) => {
      const folder = dirname(file).split('/')[0] ?? '.'
      if (folder === '.') return []
      // where a file adds to the types of a library, it may name them
      const addedTo = new Set([...text.matchAll(/^declare module '([^']+)'/gm)].map(([, name]) => name))
      const isNamed = (target: string) => text.includes('import type ') && addedTo.has(target)
      return importsOf(text)
        .filter((target) => !(folder === 'orm' && isNamed(target)))
        .filter((target) => {
          if (!target.startsWith('.')) {
            return !(allowedPackages[folder] ?? []).some((name) => target.startsWith(name))
          }
          const into = relative(source, resolve(source, dirname(file), target)).split('/')
          return into.length < 2 || (into[0] !== folder && !(allowed[folder] ?? []).includes(into[0] ?? ''))
        })
        .map((target) => `${file} imports ${target}`)
    })
    expect(violations).toEqual([])
  })

  test('the viewer imports of src the core, and types of the contract of the API', () => {
    const viewer = resolve(import.meta.dirname, '../viewer/src')
    const violations = readdirSync(viewer, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file))
      .flatMap((file) => {
        const text = readFileSync(join(viewer, file), 'utf8')
        const typeImports = new Set(
          [...text.matchAll(/^import type\b[^'"`;=]*?from\s+'([^']+)'/gm)].map((match) => match[1] ?? ''),
        )
        return importsOf(text)
          .filter((target) => {
            const into = relative(source, resolve(viewer, dirname(file), target))
            if (!target.startsWith('.') || into.startsWith('..')) return false
            return (
              !into.startsWith('core/') && !(into.startsWith('http/contract/') && typeImports.has(target))
            )
          })
          .map((target) => `${file} imports ${target}`)
      })
    expect(violations).toEqual([])
  })

  test('an entry only re-exports, by name', () => {
    const entries = files.filter(({ file }) => !file.includes('/'))
    expect(entries.length).toBeGreaterThan(0)
    for (const { file, text } of entries) {
      const statements = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '').trim()
      expect(statements.replaceAll(/export (?:type )?\{[^}]*\} from '[^']+'\s*/g, ''), file).toBe('')
    }
  })

  test('SQL text lives in db alone', () => {
    const statement =
      /['"`](?:\s*)(?:select|insert into|update|delete from|create|alter|drop|with)\s[^'"`]*\b(?:from|into|set|table|schema|function)\b/i
    const offenders = files
      .filter(
        ({ file, text }) =>
          !file.startsWith('db/') && statement.test(text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')),
      )
      .map(({ file }) => file)
    expect(offenders).toEqual([])
  })

  test('no file is longer than 400 lines, generated ones excepted', () => {
    const long = files.filter(
      ({ file, text }) => file !== 'db/embedded-sql.ts' && text.split('\n').length > 400,
    )
    expect(long.map(({ file }) => file)).toEqual([])
  })
})
