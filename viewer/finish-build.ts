import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

/**
 * A plugin of Vite that ends the build: what an earlier build has left goes, the stand-alone page asks for its modules at
 * once, and every file is encoded beforehand.
 */
export function finishBuild(folder: string): {
  readonly name: string
  readonly writeBundle: (options: object, bundle: object) => void
  readonly closeBundle: () => void
} {
  let written: readonly string[] = []
  return {
    name: 'finish-build',
    writeBundle: (_, bundle) => {
      written = Object.keys(bundle)
    },
    closeBundle: () => {
      for (const name of readdirSync(join(folder, 'assets'))) {
        if (!written.includes(`assets/${name.replace(/\.(?:br|gz)$/, '')}`))
          rmSync(join(folder, 'assets', name))
      }
      preloadModules(folder)
      for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        if (/\.(?:js|css|html)$/.test(name)) encode(join(folder, name))
      }
    },
  }
}

// else one module is found in the other: three requests, one after the other, before the first of data
function preloadModules(folder: string): void {
  const page = join(folder, 'index.html')
  const links = readdirSync(join(folder, 'assets'))
    .filter((name) => /^(?:viewer|more)-.*\.js$/.test(name))
    .map((name) => `    <link rel="modulepreload" href="./assets/${name}" />\n`)
  const html = readFileSync(page, 'utf8')
  writeFileSync(page, html.replace('  </head>', `${links.join('')}  </head>`))
}

function encode(file: string): void {
  const bytes = readFileSync(file)
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params }))
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }))
}
