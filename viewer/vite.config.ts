import { defineConfig } from 'vite'

import { finishBuild } from './finish-build.ts'

// what src/more.ts leads to, and what compares texts, which is run as a worker too and stands alone
const later =
  /viewer\/src\/(?:more\.ts|(?:dialogs|log)\/(?!navigation))|\/(?:as-of|blame|state|document-diff)-view|\/(?:read-moments|describe-place|query-chips|calendar|compare-text|text-diff|common-runs)\.ts|core\/(?:query|document-diff)\/|styles\/(?:dialogs|log|versions)\.css/

/**
 * Builds the custom elements into dist/viewer, with the stand-alone page of viewer/public. Every address is relative.
 * Hosts name backstory-viewer.js in their pages, so that its name stays; what it loads has its hash in its name.
 */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [finishBuild(`${import.meta.dirname}/../dist/viewer`)],
  // calls of h, which preact has in any case: those of its jsx runtime are 2 % more of all there is
  oxc: {
    jsx: { runtime: 'classic', pragma: 'h', pragmaFrag: 'Fragment', pure: false, development: false },
  },
  build: {
    lib: { entry: `${import.meta.dirname}/src/viewer.ts`, formats: ['es'], fileName: 'backstory-viewer' },
    outDir: `${import.meta.dirname}/../dist/viewer`,
    // finishBuild takes away what was left: a server that serves the folder meanwhile finds every file
    emptyOutDir: false,
    target: 'es2024',
    cssTarget: ['chrome125', 'firefox135', 'safari18.4'],
    minify: 'oxc',
    rolldownOptions: {
      transform: { inject: { h: ['preact', 'h'], Fragment: ['preact', 'Fragment'] } },
      preserveEntrySignatures: 'strict',
      output: {
        minify: true,
        chunkFileNames: 'assets/[name]-[hash].js',
        // what is drawn at first is one file: chunks that import much of each other pack worse
        codeSplitting: { groups: [{ name: 'viewer', test: (id: string) => !later.test(id) }] },
      },
    },
  },
})
