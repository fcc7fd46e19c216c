import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

import { afterAll, beforeAll, expect, it } from 'vitest'

import { parseEdit } from '../../examples/replay/edit.ts'
import { openEditFile } from '../../examples/replay/read-edits.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backstory-edits-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

it('a line of the format is an edit, whatever else it says', () => {
  const line = JSON.stringify({
    ...head,
    ops: [{ action: 'delete', kind: 'Spells', index: 'light' }],
    more: 1,
  })
  expect(parseEdit(line, 3)).toStrictEqual({
    ...head,
    line: 3,
    operations: [{ action: 'delete', kind: 'Spells', index: 'light' }],
  })
})

it.each([
  ['', 'it is not JSON'],
  ['{"commit"', 'it is not JSON'],
  ['[]', 'it is not an object'],
  ['1.0', 'it is not an object'],
  [write({}), '"ops" must be an array'],
  [write({ ops: {} }), '"ops" must be an array'],
  [write({ ops: [], author: '' }), 'author must be a text that is not empty'],
  [write({ ops: [], author: 7 }), 'author must be a text that is not empty'],
  [write({ ops: [null] }), 'ops[0] must be an object'],
  [write({ ops: [{ action: 'delete', kind: 'k' }] }), 'ops[0].index must be a text that is not empty'],
  [write({ ops: [{ kind: 'k', index: 'i' }] }), 'ops[0].action must be insert, update or delete'],
  [
    write({ ops: [{ action: 'upsert', kind: 'k', index: 'i' }] }),
    'ops[0].action must be insert, update or delete',
  ],
  [write({ ops: [{ action: 'insert', kind: 'k', index: 'i' }] }), 'ops[0].doc must be an object'],
  [write({ ops: [{ action: 'update', kind: 'k', index: 'i', doc: [] }] }), 'ops[0].doc must be an object'],
])('%j is refused with the line and the reason', (text, reason) => {
  expect(() => parseEdit(text, 12)).toThrow(`Line 12 is not an edit: ${reason}.`)
})

it('a file is read alike compressed or not, with or without a last line break, however its lines are cut', async () => {
  const lines = Array.from({ length: 40 }, (_, index) =>
    write({
      ops: [{ action: 'insert', kind: 'ünï', index: `${index}`, doc: { desc: 'ß'.repeat(index * 1000) } }],
    }),
  )
  const expected = lines.map((line, index) => parseEdit(line, index + 1))
  const text = lines.join('\n')
  expect(await readAll('plain.ndjson', text)).toStrictEqual(expected)
  expect(await readAll('ended.ndjson', `${text}\n`)).toStrictEqual(expected)
  expect(await readAll('packed.ndjson.gz', gzipSync(text))).toStrictEqual(expected)
})

it('an empty file has no edits', async () => {
  expect(await readAll('empty.ndjson', '')).toStrictEqual([])
})

it('a damaged archive is an error that says where reading ended', async () => {
  const packed = gzipSync(`${write({ ops: [] })}\n`)
  await expect(readAll('cut.ndjson.gz', packed.subarray(0, -9))).rejects.toThrow(
    /cut\.ndjson\.gz cannot be read beyond line/,
  )
  await expect(readAll('no.ndjson.gz', 'not gzip')).rejects.toThrow(/incorrect header check/)
})

it('a file that is not there is an error that names it', async () => {
  await expect(openEditFile(join(folder, 'none.ndjson'))).rejects.toThrow(/none\.ndjson cannot be read/)
})

const head = { commit: 'c0ffee', author: 'author-01', timestamp: '2026-01-31T12:00:00Z' }

function write(rest: object): string {
  return JSON.stringify({ commit: 'c0ffee', author: 'author-01', timestamp: '2026-01-31T12:00:00Z', ...rest })
}

async function readAll(name: string, content: string | Uint8Array): Promise<readonly unknown[]> {
  const path = join(folder, name)
  await writeFile(path, content)
  const edits = []
  for await (const edit of (await openEditFile(path)).edits) edits.push(edit)
  return edits
}
