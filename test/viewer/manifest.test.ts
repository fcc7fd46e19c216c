import { readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

const read = (path: string): string => readFileSync(new URL(`../../viewer/${path}`, import.meta.url), 'utf8')

interface Declaration {
  readonly tagName: string
  readonly attributes: readonly { readonly name: string }[]
}

test('the manifest lists every element with every attribute that it follows', () => {
  const listed = manifest().map(({ tagName, attributes }) => [
    tagName,
    attributes.map(({ name }) => name).toSorted(),
  ])
  const common = namesIn(/commonAttributes = \[([^\]]*)\]/.exec(read('src/elements/define-element.ts'))?.[1])
  const defined = ['log-element.tsx', 'timeline-element.tsx', 'version-elements.tsx'].flatMap((file) =>
    [...read(`src/elements/${file}`).matchAll(/tag: '([^']+)',\s*attributes: \[([^\]]*)\]/g)].map(
      ([, tag, attributes]) => [
        tag,
        // the theme is followed by the style sheet alone
        [...common, 'theme', ...namesIn(attributes)].toSorted(),
      ],
    ),
  )
  expect(listed).toEqual(defined)
})

test('the manifest names no custom property that no style sheet has', () => {
  const sheet = read('src/styles/base.css')
  const named = [...new Set(read('public/custom-elements.json').match(/--backstory-[a-z-]+/g))]
  expect(named.filter((property) => !sheet.includes(`${property},`))).toEqual([])
})

function manifest(): readonly Declaration[] {
  const { modules }: { readonly modules: readonly { readonly declarations: readonly Declaration[] }[] } =
    JSON.parse(read('public/custom-elements.json'))
  return modules.flatMap(({ declarations }) => declarations)
}

function namesIn(list: string | undefined): readonly string[] {
  return [...(list ?? '').matchAll(/'([^']+)'/g)].map((match) => match[1] ?? '')
}
