/**
 * Embeds `sql/` into `src/db/embedded-sql.ts`, because a published package reads no files at run time.
 * With `--check` it writes nothing and fails when the embedded text is not that of the files.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const target = join(root, 'src/db/embedded-sql.ts')

function readFolder(folder: string): { name: string; text: string }[] {
  return readdirSync(join(root, 'sql', folder))
    .filter((file) => file.endsWith('.sql'))
    .toSorted()
    .map((file) => ({
      name: file.slice(0, -'.sql'.length),
      text: readFileSync(join(root, 'sql', folder, file), 'utf8'),
    }))
}

const migrations = readFolder('migrations').map(({ name, text }, index) => {
  const number = Number(name.slice(0, 4))
  if (number !== index + 1) throw new Error(`sql/migrations/${name}.sql: expected number ${index + 1}.`)
  return { number, name: name.slice(5), text }
})

const functions = readFolder('functions').map(({ name, text }) => {
  const version = text.split('\n')[1]?.match(/^-- version: (\d+)$/)?.[1]
  if (version === undefined)
    throw new Error(`The second line of sql/functions/${name}.sql is not "-- version: N".`)
  if (!text.includes(`backstory.${name}(`)) {
    throw new Error(`sql/functions/${name}.sql does not define backstory.${name}.`)
  }
  return { name, version: Number(version), text }
})

const embedded = `// Made from sql/ by scripts/embed-sql.ts (npm run embed); not edited by hand.

export interface EmbeddedMigration {
  readonly number: number
  readonly name: string
  readonly text: string
}

export interface EmbeddedFunction {
  readonly name: string
  readonly version: number
  readonly text: string
}

export const migrations: readonly EmbeddedMigration[] = ${JSON.stringify(migrations, null, 2)}

export const functions: readonly EmbeddedFunction[] = ${JSON.stringify(functions, null, 2)}
`

if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== embedded) {
    console.error('src/db/embedded-sql.ts is not what sql/ says: run npm run embed.')
    process.exit(1)
  }
} else {
  writeFileSync(target, embedded)
}
