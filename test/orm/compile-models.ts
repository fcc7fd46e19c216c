import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

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
  const folder = join(root, 'node_modules/.cache/backstory-models', `${name}-${process.pid}`)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const file = join(folder, 'models.mts')
  const decorators = kind === 'legacy' ? 'legacy' : 'es'
  await writeFile(
    file,
    source
      .replaceAll(`from 'backstory'`, `from '${join(root, 'src/index.ts')}'`)
      .replaceAll(/from 'backstory\/([\w-]+)'/g, `from '${join(root, 'src')}/$1.ts'`)
      .replace('@mikro-orm/decorators/es', `@mikro-orm/decorators/${decorators}`),
  )
  await compile(file, [
    ...['--noCheck', '--noResolve', '--target', 'es2024', '--module', 'nodenext'],
    ...(kind === 'legacy' ? ['--experimentalDecorators', '--emitDecoratorMetadata'] : []),
  ])
  return file.replace(/mts$/, 'mjs')
}

async function compile(file: string, options: readonly string[]): Promise<void> {
  await promisify(execFile)('npx', ['tsc', '--ignoreConfig', ...options, file], { cwd: root })
}
