import type { JsonObject, JsonValue } from 'backstory'

/** Whether a JSON value is an object, and no array and no number that is kept as text. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  // what JSON.rawJSON makes of a number has no prototype
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
