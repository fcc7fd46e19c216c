import { defineConfig } from 'vite'

/**
 * Builds the custom elements into dist/viewer, with the stand-alone page of viewer/public. Every address is relative.
 * Hosts name backstory-viewer.js in their pages, so that its name stays; what it loads has its hash in its name.
 */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  // what JSX compiles to, without a plugin
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact', pure: false } },
  build: {
    lib: { entry: `${import.meta.dirname}/src/viewer.ts`, formats: ['es'], fileName: 'backstory-viewer' },
    outDir: `${import.meta.dirname}/../dist/viewer`,
    emptyOutDir: true,
    target: 'es2024',
    cssTarget: ['chrome125', 'firefox135', 'safari18.4'],
    minify: 'oxc',
    rolldownOptions: {
      preserveEntrySignatures: 'strict',
      output: { minify: true, chunkFileNames: 'assets/[name]-[hash].js' },
    },
  },
})
