import { BackstoryError } from '../core/errors.ts'
import type { Sight } from '../db/sight.ts'

/**
 * Checks a sight: a key that was misspelt would hide nothing.
 *
 * @throws BackstoryError `invalid_option`
 */
export function parseSight(sight: Sight | undefined): Sight | undefined {
  if (sight === undefined) return undefined
  const { elementTypes, elements, scopes, userIds, withhold, ...others } = sight
  const [unknownKey] = Object.keys(others)
  if (unknownKey !== undefined) {
    throw invalid(`A sight knows elementTypes, elements, scopes, userIds and withhold, not "${unknownKey}".`)
  }
  for (const [key, value] of Object.entries(sight)) {
    if (value === undefined) {
      throw invalid(
        `The sight's ${key} is undefined, which would hide nothing: give a list, or leave the key out.`,
      )
    }
  }
  checkList(elementTypes, 'elementTypes', isText)
  checkList(elements, 'elements', isElement, 'objects such as { elementType: "notes", elementId: "1" }')
  checkList(scopes, 'scopes', isTextOrNull)
  checkList(userIds, 'userIds', isTextOrNull)
  if (withhold !== undefined) {
    if (typeof withhold !== 'object' || withhold === null || Array.isArray(withhold)) {
      throw invalid("withhold must be an object such as { world_elements: ['secret_notes'] }.")
    }
    for (const [type, columns] of Object.entries(withhold)) checkList(columns, `withhold.${type}`, isText)
  }
  return {
    ...(elementTypes === undefined ? {} : { elementTypes }),
    ...(elements === undefined ? {} : { elements }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(userIds === undefined ? {} : { userIds }),
    ...(withhold === undefined ? {} : { withhold }),
  }
}

function checkList(list: unknown, name: string, isFine: (value: unknown) => boolean, what = 'texts'): void {
  if (list === undefined || (Array.isArray(list) && list.every(isFine))) return
  throw invalid(`${name} must be a list of ${what}; it is ${JSON.stringify(list)}.`)
}

function isElement(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { elementType, elementId, ...others } = Object(value)
  return isText(elementType) && isText(elementId) && Object.keys(others).length === 0
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && !value.includes('\0') && value.isWellFormed()
}

function isTextOrNull(value: unknown): boolean {
  return value === null || isText(value)
}

function invalid(message: string): BackstoryError {
  return new BackstoryError('invalid_option', message)
}
