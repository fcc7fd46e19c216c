import { writeKeyText } from '../../db/found-rows.ts'
import { quoteIdentifier } from '../../db/sql.ts'
import type { Node } from './types.ts'

/** A table as a statement names it. */
export interface NamedTable {
  readonly schema: string | undefined
  readonly name: string
  /** What its columns are qualified with. */
  readonly alias: string
}

/** The node under a key of another. */
export function nodeAt(node: Node | undefined, key: string): Node | undefined {
  const value: unknown = node === undefined ? undefined : Reflect.get(node, key)
  return isNode(value) ? value : undefined
}

/** The nodes in a list under a key. */
export function nodesAt(node: Node | undefined, key: string): readonly Node[] {
  return listAt(node, key).filter(isNode)
}

/** The list under a key, whatever is in it. */
export function listAt(node: Node | undefined, key: string): readonly unknown[] {
  const value: unknown = node === undefined ? undefined : Reflect.get(node, key)
  return Array.isArray(value) ? value : []
}

/** The table that a node names, itself or under an alias. */
export function readTable(node: Node | undefined): NamedTable | undefined {
  const isAlias = node?.kind === 'AliasNode'
  const table = unwrapRaw(isAlias ? nodeAt(node, 'node') : node)
  if (table?.kind !== 'TableNode') return undefined
  const named = nodeAt(table, 'table')
  const name = readName(nodeAt(named, 'identifier'))
  if (name === undefined) return undefined
  return {
    name,
    schema: readName(nodeAt(named, 'schema')),
    alias: (isAlias ? readName(nodeAt(node, 'alias')) : undefined) ?? name,
  }
}

// `sql.table('accounts')` is a text that has nothing but the table in it
function unwrapRaw(node: Node | undefined): Node | undefined {
  if (node?.kind !== 'RawNode') return node
  const [only, ...others] = nodesAt(node, 'parameters')
  return others.length === 0 && listAt(node, 'sqlFragments').every((text) => text === '') ? only : node
}

/** The name of a column; undefined for what is not plainly a column. */
export function readColumn(node: Node | undefined): string | undefined {
  if (node?.kind === 'ReferenceNode') return readColumn(nodeAt(node, 'column'))
  return node?.kind === 'ColumnNode' ? readName(nodeAt(node, 'column')) : undefined
}

/** Selections of key columns as texts, of the table that has an alias. */
export function selectKey(key: readonly string[], alias: string): readonly Node[] {
  return key.map((column) =>
    makeNode('SelectionNode', {
      selection: makeNode('AliasNode', {
        node: raw(writeKeyText(`${quoteIdentifier(alias)}.${quoteIdentifier(column)}`)),
        alias: identifier(column),
      }),
    }),
  )
}

/** The end of a `select` that locks the rows of one table. */
export function lockRows(strength: 'update' | 'no key update', alias: string): Node {
  return makeNode('SelectModifierNode', {
    rawModifier: raw(`for ${strength} of ${quoteIdentifier(alias)}`),
  })
}

/** A node of any kind. */
export function makeNode(kind: string, parts: object): Node {
  return Object.freeze({ kind, ...parts })
}

function raw(text: string): Node {
  return makeNode('RawNode', { sqlFragments: [text], parameters: [] })
}

function identifier(name: string): Node {
  return makeNode('IdentifierNode', { name })
}

function readName(node: Node | undefined): string | undefined {
  const name: unknown = node === undefined ? undefined : Reflect.get(node, 'name')
  return typeof name === 'string' ? name : undefined
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string'
}
