import { readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')

/** Builds dist/viewer, unless it is newer than all that it is built from. Tests in a browser need it. */
export async function buildViewer(): Promise<void> {
  const built =
    statSync(join(root, 'dist/viewer/backstory-viewer.js'), { throwIfNoEntry: false })?.mtimeMs ?? 0
  if (newestOf('viewer') < built && newestOf('src/core') < built) return
  const { build } = await import('vite')
  await build({ configFile: join(root, 'viewer/vite.config.ts'), logLevel: 'warn' })
}

function newestOf(folder: string): number {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
  return Math.max(
    ...entries
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  )
}
