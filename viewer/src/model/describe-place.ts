import { getJsonKey, isJsonArray, isJsonObject, type JsonValue } from '../../../src/core/json.ts'
import { nameKey, segmentsOf } from './field-names.ts'

/** Where in a document a pointer leads, for people: `stats › nerve`, `items › Saltglass Bell › weight`, `knows › 3rd`. */
export function describePlace(document: JsonValue, pointer: string): string {
  const names: string[] = []
  let here: JsonValue | undefined = document
  for (const segment of segmentsOf(pointer)) {
    if (here !== undefined && isJsonArray(here)) {
      const item: JsonValue | undefined = here[Number(segment)]
      names.push(nameItem(item) ?? `no. ${Number(segment) + 1}`)
      here = item
    } else {
      names.push(nameKey(segment))
      here = here !== undefined && isJsonObject(here) ? getJsonKey(here, segment) : undefined
    }
  }
  return names.join(' › ')
}

function nameItem(item: JsonValue | undefined): string | undefined {
  if (!isJsonObject(item)) return undefined
  for (const key of ['name', 'title', 'label', 'key', 'id']) {
    const name = getJsonKey(item, key)
    if (typeof name === 'string' && name !== '') return name
  }
  return undefined
}
