import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'

const root = resolve(import.meta.dirname, '../..')

/** The code blocks of a page of the documentation in a language, in order: of one section, or of all. */
export async function readBlocks(
  page: string,
  language: string,
  section?: string,
): Promise<readonly string[]> {
  const text = await readFile(join(root, page), 'utf8')
  const parts =
    section === undefined ? [text] : text.split(/^##+ /m).filter((part) => part.startsWith(`${section}\n`))
  const block = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm')
  return parts.flatMap((part) => [...part.matchAll(block)].map(([, code = '']) => code))
}

/** The same code with what it imports of this package taken from the source, and what of Prisma from what is generated. */
export function fromSource(code: string): string {
  return code
    .replaceAll(`from 'backstory'`, `from '${join(root, 'src/index.ts')}'`)
    .replaceAll(/from 'backstory\/([\w-]+)'/g, `from '${join(root, 'src')}/$1.ts'`)
    .replaceAll(`from './generated/`, `from '${join(root, 'test/conformance/prisma/generated')}/`)
}

/** Where programs and what they read are put; `close` takes it away. */
export interface PrintedPrograms {
  /** Runs a program in a process of its own, in the folder, and gives what it prints. */
  readonly run: (program: string, databaseUrl: string) => Promise<string>
  /** Puts a file beside the programs. */
  readonly write: (file: string, text: string) => Promise<void>
  readonly close: () => Promise<void>
}

let folders = 0

/** Makes a folder for programs that are printed in the documentation: below this package's, where they find what they import. */
export async function openPrintedPrograms(): Promise<PrintedPrograms> {
  const folder = join(root, 'node_modules/.cache', `backstory-printed-${process.pid}-${++folders}`)
  await mkdir(folder, { recursive: true })
  let programs = 0
  return {
    run: async (program, databaseUrl) => {
      const file = join(folder, `${++programs}.mjs`)
      await writeFile(file, fromSource(stripTypeScriptTypes(program)))
      const { stdout } = await promisify(execFile)(process.execPath, [file], {
        cwd: folder,
        env: { ...process.env, DATABASE_URL: databaseUrl },
        encoding: 'utf8',
      })
      return stdout
    },
    write: async (file, text) => {
      await mkdir(dirname(join(folder, file)), { recursive: true })
      await writeFile(join(folder, file), text)
    },
    close: () => rm(folder, { recursive: true, force: true }),
  }
}
