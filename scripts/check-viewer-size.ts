import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/**
 * Holds the built viewer to its budget, in bytes of gzip -9: everything that a page may ever fetch, and what a timeline
 * fetches before it is drawn. Run after `npm run build`.
 */
const folder = join(import.meta.dirname, '../dist/viewer')
const budgets = { all: 45_000, timeline: 30_000 }

const files = new Map(
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js') || file.endsWith('.css'))
    .map((file) => [file, readFileSync(join(folder, file))]),
)

const sizes = { all: sizeOf([...files.keys()]), timeline: sizeOf(importedBy('backstory-viewer.js')) }
const isTooLarge = sizes.all > budgets.all || sizes.timeline > budgets.timeline
for (const name of ['timeline', 'all'] as const) {
  console.log(`viewer, ${name}: ${sizes[name]} bytes of gzip, of at most ${budgets[name]}`)
}
if (isTooLarge) {
  console.error(
    'The viewer is too large. Look at the chunks that `npm run build:viewer -- --logLevel info` lists.',
  )
  process.exitCode = 1
}

function sizeOf(names: readonly string[]): number {
  return names.reduce((sum, name) => sum + gzipSync(files.get(name) ?? '', { level: 9 }).length, 0)
}

// with static imports alone; what is imported on demand comes later
function importedBy(name: string, seen = new Set<string>()): readonly string[] {
  if (seen.has(name)) return [...seen]
  seen.add(name)
  const text = files.get(name)?.toString('utf8') ?? ''
  const place = name.slice(0, name.lastIndexOf('/') + 1)
  for (const [, , target = ''] of text.matchAll(
    /(?:^|[;}])(import|export)[^;'"`()]*?["']\.\/([^"']+)["']/g,
  )) {
    importedBy(place + target, seen)
  }
  return [...seen]
}
