import { BackstoryError, type BackstoryErrorCode } from '../core/errors.ts'

/** The SQLSTATEs that our SQL functions raise. Class BS is ours; they never change their meaning. */
const codes: Readonly<Record<string, BackstoryErrorCode>> = {
  BS102: 'invalid_context',
  BS103: 'table_not_found',
  BS104: 'unsupported_table',
  BS105: 'no_key',
  BS106: 'context_required',
  BS107: 'append_only',
  BS108: 'unknown_column',
  BS109: 'invalid_option',
  BS110: 'changes_do_not_fit',
  BS111: 'not_tracked',
  BS112: 'before_tracking',
  BS113: 'tracked_otherwise',
  BS114: 'entry_not_found',
  BS120: 'invalid_argument',
  BS121: 'not_recordable',
}

/**
 * Turns what a driver rejected with into a `BackstoryError` where it is ours: an SQLSTATE of class BS, or a missing
 * schema, table or function of Backstory. Anything else comes back as it is.
 */
export function toBackstoryError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof BackstoryError) return error
  const sqlState = readText(error, 'code')
  const hint = readText(error, 'hint')
  const code = sqlState === undefined ? undefined : codes[sqlState]
  if (code !== undefined) {
    return new BackstoryError(code, hint ? `${error.message} ${hint}` : error.message, { cause: error })
  }
  if (sqlState !== undefined && missing.has(sqlState) && /\b(backstory|audit_logs)\b/.test(error.message)) {
    return new BackstoryError(
      'not_installed',
      `Backstory is not installed in this database, or in another schema (${error.message}): run await backstory.install() first.`,
      { cause: error },
    )
  }
  return error
}

/** Whether the database could not read a value as the type that is asked for (SQLSTATE class 22). */
export function isDataException(error: unknown): boolean {
  return error instanceof Error && readText(error, 'code')?.startsWith('22') === true
}

// undefined_table, undefined_function, invalid_schema_name (manual: Appendix A)
const missing = new Set(['42P01', '42883', '3F000'])

function readText(error: Error, key: string): string | undefined {
  const value: unknown = Reflect.get(error, key)
  return typeof value === 'string' ? value : undefined
}
