/** Something that its user can put right: `message` says what happened and what to do, so that no stack is needed. */
export class ExplainedError extends Error {
  override readonly name = 'ExplainedError'
}
