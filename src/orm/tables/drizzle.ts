import type { NamedInSchema } from './references.ts'

/** Reads a table of Drizzle. */
export function readDrizzleTable(reference: object): NamedInSchema | undefined {
  const name: unknown = Reflect.get(reference, Symbol.for('drizzle:Name'))
  const schema: unknown = Reflect.get(reference, Symbol.for('drizzle:Schema'))
  if (typeof name !== 'string') return undefined
  return { name, schema: typeof schema === 'string' ? schema : undefined }
}
