import { BackstoryError } from '../core/errors.ts'

/**
 * Makes plain what a driver's error has to do with Backstory. Everything else comes back as it is.
 *
 * - The rider's function is missing or forbidden: a `BackstoryError` `not_installed`, the driver's error as cause.
 * - The error arose while a write was being recorded: the same error, with a message that says so.
 *   Not so what has nothing to do with recording: a serialization failure or deadlock (class 40), a cancellation
 *   or shutdown (class 57); nor what our own SQL raises (class BS), which says it already.
 */
export function explainError(error: unknown, schema: string): unknown {
  if (!(error instanceof Error)) return error
  const code = readText(error, 'code') ?? ''
  if (missingCodes.has(code) && namesRider(error.message, schema)) return notInstalled(error, code, schema)
  if (/^(?:40|57|BS)/.test(code) || !aroseInCapture(readText(error, 'where') ?? '', schema)) return error
  if (!error.message.startsWith(refusal)) error.message = `${refusal}${error.message}`
  return error
}

const refusal = 'Backstory could not record this write, so the write was refused: '

// invalid_schema_name, undefined_function, insufficient_privilege (manual: Appendix A)
const missingCodes = new Set(['3F000', '42883', '42501'])

// the server may speak any language, but names the schema or the function as they are
function namesRider(message: string, schema: string): boolean {
  return message.includes('carry_context') || new RegExp(`\\b${schema}\\b`).test(message)
}

function notInstalled(error: Error, code: string, schema: string): BackstoryError {
  const place = `the schema "${schema}" of this database`
  const message =
    code === '42501'
      ? `This role may not use Backstory in ${place} (${error.message}): grant usage on the schema to it.`
      : `Backstory is not installed in ${place} (${error.message}): run await backstory.install(), or name the right schema in audited(…, { schema }).`
  return new BackstoryError('not_installed', message, { cause: error, details: { schema } })
}

function aroseInCapture(where: string, schema: string): boolean {
  return ['capture', '"capture', 'record_flush'].some((name) => where.includes(`${schema}.${name}`))
}

function readText(error: Error, key: string): string | undefined {
  const value: unknown = Reflect.get(error, key)
  return typeof value === 'string' ? value : undefined
}
