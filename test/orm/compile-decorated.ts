import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const root = resolve(import.meta.dirname, '../..')

/**
 * Compiles classes with decorators, which Node does not run: by TypeScript, for the decorators of the standard or those of
 * `experimentalDecorators`. Gives the path of the module; what it imports of this package is the source.
 */
export async function compileDecorated(name: string, kind: 'standard' | 'legacy'): Promise<string> {
  const folder = join(
    root,
    'node_modules/.cache/backstory-decorated',
    `${kind}-${name.replaceAll('/', '-')}-${process.pid}`,
  )
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const source = await readFile(join(import.meta.dirname, 'decorated', `${name}.ts`), 'utf8')
  await writeFile(
    join(folder, 'source.mts'),
    source
      .replace(`from 'backstory'`, `from '${join(root, 'src/index.ts')}'`)
      .replace('@mikro-orm/decorators/es', `@mikro-orm/decorators/${kind === 'legacy' ? 'legacy' : 'es'}`),
  )
  // types are checked with those of everything else
  const options = ['--ignoreConfig', '--noCheck', '--noResolve', '--target', 'es2024', '--module', 'nodenext']
  const decorators = kind === 'legacy' ? ['--experimentalDecorators', '--emitDecoratorMetadata'] : []
  await promisify(execFile)('npx', ['tsc', ...options, ...decorators, join(folder, 'source.mts')], {
    cwd: folder,
  })
  return join(folder, 'source.mjs')
}
