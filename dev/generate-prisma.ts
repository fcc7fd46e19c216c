import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'

const folder = resolve(import.meta.dirname, '../test/conformance/prisma')

/**
 * Makes the Prisma client that the tests use, if it is not there yet for this schema and version. Takes nothing from
 * the network: the schema engine, which would be downloaded, has no part in it.
 */
export async function generatePrisma(): Promise<void> {
  const { resolve: find } = createRequire(import.meta.url)
  const packageFile = find('prisma/package.json')
  const schemaFile = join(folder, 'schema.prisma')
  const stamp = createHash('sha256')
    .update(await readFile(packageFile))
    .update(await readFile(schemaFile))
    .digest('hex')
  const stampFile = join(folder, 'generated/stamp')
  if ((await readFile(stampFile, 'utf8').catch(() => '')) === stamp) return
  await promisify(execFile)(
    process.execPath,
    [join(dirname(packageFile), 'build/index.js'), 'generate', '--schema', schemaFile],
    {
      env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1' },
      cwd: folder,
    },
  )
  await writeFile(stampFile, stamp)
}
