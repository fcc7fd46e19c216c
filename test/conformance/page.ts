import type { ConformanceDriver } from './driver.ts'
import { declaredColumns, renderMatrix, renderReasons } from './matrix.ts'

/** Where the page is. */
export const pagePath = 'docs/reference/conformance.md'

/** The page of the documentation, as `npm run conformance` writes it. */
export function renderPage(drivers: readonly ConformanceDriver[]): string {
  return (
    [introduction, renderMatrix(declaredColumns(drivers)), renderReasons(drivers)].join('\n').trimEnd() + '\n'
  )
}

const introduction = `# Conformance

The same scenarios, written once, run through every ORM and every capture way, and leave the same rows in \`audit_logs\`
but for ids and times. \`test/conformance/\` holds all that is said here true on every run of the tests: each "yes" by
comparing every column of every entry, each gap by finding that it is one. \`npm run conformance\` writes this page.

A new ORM is one file in \`test/conformance/drivers/\`.
`
