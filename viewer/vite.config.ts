import { defineConfig } from 'vite'

// what a page needs only when somebody asks for it
const lazyParts = [
  // stands alone, as it is run as a worker too
  { name: 'compare-text', priority: 1, test: /\/(?:compare-text|text-diff)\.ts$|node_modules\/diff\// },
  {
    name: 'details',
    priority: 1,
    test: /\/viewer\/src\/dialogs\/|\/(?:document-diff|as-of|blame|state)-view\.tsx$|\/(?:read-moments|describe-place)\.ts$|\/core\/document-diff\/|\/(?:dialogs|versions)\.css/,
  },
  {
    name: 'log',
    priority: 1,
    test: /\/viewer\/src\/log\/|\/core\/query\/|\/(?:query-chips|calendar)\.ts$|\/log\.css/,
  },
]

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
      output: {
        minify: true,
        chunkFileNames: 'assets/[name]-[hash].js',
        codeSplitting: {
          groups: [
            {
              name: 'viewer',
              test: (id: string) => !lazyParts.some(({ test }) => test.test(id)),
              priority: 2,
            },
            ...lazyParts,
          ],
        },
      },
    },
  },
})
