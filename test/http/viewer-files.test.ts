import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { respondViewerFile } from '../../src/http/viewer-files.ts'

describe('the files of the viewer', () => {
  let folder: string
  const ask = (path: string, headers: Readonly<Record<string, string>> = {}) =>
    respondViewerFile(
      new Request('http://localhost/viewer/', { headers }),
      path.split('/'),
      pathToFileURL(`${folder}/viewer/`),
    )

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'backstory-viewer-'))
    await mkdir(join(folder, 'viewer/assets'), { recursive: true })
    await writeFile(join(folder, 'secret.js'), 'secret')
    await writeFile(join(folder, 'viewer/index.html'), '<!doctype html>')
    await writeFile(join(folder, 'viewer/assets/log-a1b2.js'), 'plain')
    await writeFile(join(folder, 'viewer/assets/log-a1b2.js.br'), 'brotli')
    await writeFile(join(folder, 'viewer/assets/log-a1b2.js.gz'), 'gzip')
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('come with a policy that lets nothing in from elsewhere', async () => {
    const response = await ask('index.html')
    expect(response?.headers.get('content-type')).toBe('text/html; charset=utf-8')
    const policy = response?.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toContain('unsafe')
    expect(response?.headers.get('cache-control')).toBe('no-cache')
    expect(await (await ask(''))?.text()).toBe('<!doctype html>')
  })

  test('hold for ever where their name has a hash, and are sent as they were encoded beforehand', async () => {
    const plain = await ask('assets/log-a1b2.js')
    expect(await plain?.text()).toBe('plain')
    expect(plain?.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    for (const [accepted, encoding] of [
      ['gzip, deflate, br', 'br'],
      ['gzip', 'gzip'],
      ['br;q=0, gzip', 'gzip'],
    ] as const) {
      const response = await ask('assets/log-a1b2.js', { 'accept-encoding': accepted })
      expect(response?.headers.get('content-encoding')).toBe(encoding)
      expect(response?.headers.get('vary')).toBe('Accept-Encoding')
    }
  })

  test('are not sent again to whoever has them', async () => {
    const etag = (await ask('index.html'))?.headers.get('etag') ?? ''
    expect((await ask('index.html', { 'if-none-match': etag }))?.status).toBe(304)
  })

  test.each([
    '../secret.js',
    'assets/../../secret.js',
    '..%2fsecret.js',
    '/secret.js',
    'none.js',
    'assets',
    '.hidden.js',
    'a\0.js',
  ])('are none outside of their folder: %s', async (path) => {
    expect(await ask(path)).toBeNull()
  })
})
