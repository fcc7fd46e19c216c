import type { RowKey } from '../recorder.ts'
import { listAt, nodeAt, readColumn } from './nodes.ts'
import type { Node } from './types.ts'

/**
 * The keys of the rows that a condition finds, where it is nothing but `key = value` for each column of the key, or
 * `key in (values)` for its only one; undefined otherwise. Then nobody has to look for them.
 *
 * Whole numbers and UUIDs only, as texts too. Of a date, or of a number with an exponent, the settings of the session, the driver
 * and JSON may make another value in the condition than where its row is photographed: that change would leave no entry.
 */
export function readKnownKeys(
  where: Node | undefined,
  key: readonly string[],
): readonly RowKey[] | undefined {
  const values = new Map<string, readonly string[]>()
  for (const comparison of conjuncts(where)) {
    const compared = readComparison(comparison)
    if (compared === undefined || values.has(compared.column)) return undefined
    values.set(compared.column, compared.values)
  }
  const [first] = key
  if (first === undefined || values.size !== key.length) return undefined
  if (key.length === 1) return values.get(first)?.map((value) => ({ [first]: value }))
  const entries = key.map((column) => [column, values.get(column)] as const)
  const whole: Record<string, string> = {}
  for (const [column, [only, ...others] = []] of entries) {
    if (only === undefined || others.length > 0) return undefined
    whole[column] = only
  }
  return [whole]
}

function conjuncts(where: Node | undefined): readonly Node[] {
  const node = where?.kind === 'WhereNode' ? nodeAt(where, 'where') : where
  if (node === undefined) return []
  if (node.kind === 'ParensNode') return conjuncts(nodeAt(node, 'node'))
  if (node.kind !== 'AndNode') return [node]
  return [...conjuncts(nodeAt(node, 'left')), ...conjuncts(nodeAt(node, 'right'))]
}

function readComparison(
  node: Node,
): { readonly column: string; readonly values: readonly string[] } | undefined {
  if (node.kind !== 'BinaryOperationNode') return undefined
  const column = readColumn(nodeAt(node, 'leftOperand'))
  const operator: unknown = Reflect.get(nodeAt(node, 'operator') ?? {}, 'operator')
  const right = nodeAt(node, 'rightOperand')
  const isList = right?.kind === 'PrimitiveValueListNode'
  if (column === undefined || operator !== (isList ? 'in' : '=')) return undefined
  const given: readonly unknown[] = isList
    ? listAt(right, 'values')
    : right?.kind === 'ValueNode'
      ? [Reflect.get(right, 'value')]
      : []
  const values = given.filter(isPlain).map(String)
  return values.length > 0 && values.length === given.length ? { column, values } : undefined
}

function isPlain(value: unknown): value is string | number | bigint {
  return ['string', 'number', 'bigint'].includes(typeof value) && plain.test(String(value))
}

const plain = /^(?:-?\d+|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/i
