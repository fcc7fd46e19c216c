import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

import { fromSource } from '../support/printed-code.ts'

const root = resolve(import.meta.dirname, '../..')

/** Decorators of the standard, or those of `experimentalDecorators`. */
export type DecoratorKind = 'standard' | 'legacy'

/** Compiles classes of `decorated/`, for one kind of decorators. Gives the path of the module. */
export async function compileDecorated(name: string, kind: DecoratorKind): Promise<string> {
  const source = await readFile(join(import.meta.dirname, 'decorated', `${name}.ts`), 'utf8')
  return compileModels(`${kind}-${name.replaceAll('/', '-')}`, source, kind)
}

/**
 * Compiles models with decorators, which Node does not run, by TypeScript. Gives the path of the module; what it imports of
 * this package is the source. Types are not checked: those of `decorated/` are with everything else.
 */
export async function compileModels(name: string, source: string, kind: DecoratorKind): Promise<string> {
  const folder = join(root, 'node_modules/.cache/backstory-models', name)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const file = join(folder, 'models.mts')
  const decorators = kind === 'legacy' ? 'legacy' : 'es'
  await writeFile(
    file,
    fromSource(source).replace('@mikro-orm/decorators/es', `@mikro-orm/decorators/${decorators}`),
  )
  const options = ['--ignoreConfig', '--noCheck', '--noResolve', '--target', 'es2024', '--module', 'nodenext']
  const decorating = kind === 'legacy' ? ['--experimentalDecorators', '--emitDecoratorMetadata'] : []
  await promisify(execFile)(join(root, 'node_modules/.bin/tsc'), [...options, ...decorating, file], {
    cwd: root,
  })
  return file.replace(/mts$/, 'mjs')
}
