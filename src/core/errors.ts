/** The stable names of everything that Backstory can refuse or fail at. New codes may be added; none changes its meaning. */
export type BackstoryErrorCode =
  | 'invalid_argument'
  | 'invalid_context'
  | 'invalid_cursor'
  | 'invalid_query'
  | 'unsupported_database'
  | 'cannot_connect'
  | 'permission_denied'
  | 'read_only'
  | 'timed_out'
  | 'not_installed'
  | 'newer_database'
  | 'install_failed'
  | 'table_not_found'
  | 'unsupported_table'
  | 'no_key'
  | 'unknown_column'
  | 'invalid_option'
  | 'not_tracked'
  | 'tracked_otherwise'
  | 'before_tracking'
  | 'entry_not_found'
  | 'not_permitted'
  | 'plan_changed'
  | 'already_done'
  | 'version_exists'
  | 'changes_do_not_fit'
  | 'context_required'
  | 'append_only'
  | 'undo_conflict'
  | 'undo_refused'
  | 'not_restorable'
  | 'not_recordable'
  | 'cannot_carry_context'
  | 'transaction_aborted'

/** Particulars of an error for machines: the table, column, option … that it is about. Never a value of a row. */
export type BackstoryErrorDetails = Readonly<Record<string, string | number | boolean | null>>

/**
 * The one error class of this package. `code` is stable and for programs; `message` says what failed, what was
 * found and what to do, and is for people; `cause` is the error underneath, if there was one.
 *
 * @example
 * try { await backstory.track('orders') }
 * catch (error) { if (error instanceof BackstoryError && error.code === 'no_key') … }
 */
export class BackstoryError extends Error {
  override readonly name = 'BackstoryError'
  readonly code: BackstoryErrorCode
  readonly details: BackstoryErrorDetails

  constructor(
    code: BackstoryErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly details?: BackstoryErrorDetails } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.details = options.details ?? {}
  }
}
