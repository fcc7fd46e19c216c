import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import { expect, test } from 'vitest'

import { toBackstoryError } from '../src/db/errors.ts'
import { BackstoryError } from '../src/index.ts'

const root = resolve(import.meta.dirname, '..')

/** The rows of the reference page: code and SQLSTATE. */
async function readPage(): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(join(root, 'docs/reference/errors.md'), 'utf8')
  return new Map(
    [...text.matchAll(/^\| `(\w+)` \| (\w*) ?\|/gm)].map(([, code = '', state = '']) => [code, state]),
  )
}

test('the reference lists every code, and no other', async () => {
  const source = await readFile(join(root, 'src/core/errors.ts'), 'utf8')
  const codes = [...source.matchAll(/^ {2}\| '(\w+)'$/gm)].map(([, code]) => code)
  expect(codes.length).toBeGreaterThan(20)
  expect([...(await readPage()).keys()].toSorted()).toEqual(codes.toSorted())
})

test('the reference lists every SQLSTATE that our SQL raises, with the code that it becomes', async () => {
  const folder = join(root, 'sql/functions')
  const texts = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')))
  const raised = new Set(
    texts.flatMap((text) => [...text.matchAll(/'(BS\d{3})'/g)].map(([, state]) => state)),
  )
  const page = await readPage()
  expect([...page.values()].filter((state) => state !== '').toSorted()).toEqual([...raised].toSorted())
  for (const [code, state] of page) {
    if (state === '') continue
    const error = toBackstoryError(Object.assign(new Error('no'), { code: state, hint: 'do' }))
    expect(error).toBeInstanceOf(BackstoryError)
    expect(error).toMatchObject({ code, message: 'no do' })
  }
})
