import { heldPhotograph, heldRecord, isOfFound } from '../../db/flush.ts'
import { firstWord, statementKind } from '../statement-kind.ts'
import { readOnlyGroup, type MadeTables, type OnlyGroup } from './made.ts'
import type { Submittable, WireConnection, WireMessage } from './wire.ts'

/**
 * What a connection holds back: the statements of listener capture. Nobody waits for their answers, so that none is a round
 * trip of its own: each is answered at once, and sent in front of whatever statement comes next on its connection, in one
 * write with it. To the database this is as if it had been sent when it was given.
 *
 * They are a batch with a Sync of their own. One that fails has failed the transaction before the next statement runs: that
 * one is told why, and so is a commit, which would otherwise come back as a rollback that nobody asked for.
 */
export interface Hold {
  kept: readonly Kept[]
  /** The photographs in this transaction that are not recorded yet, by their numbers. */
  readonly photographs: Map<number, OnlyGroup | undefined>
  /**
   * The numbers of those that were not when a savepoint was made. A rollback to it gives the settings back that they had
   * then: another photograph of such a number, if it goes with a savepoint too, would leave the old one in its place.
   */
  readonly spent: Set<number>
  /** Whether one was taken in this transaction while another was open: the database is to look what others have recorded. */
  isOverlapping: boolean
  /** The batches that were sent and are not answered yet: one, unless the statement behind it could not be sent. */
  readonly sent: Batch[]
  /** Why one failed, until its transaction is over or rolled back to a savepoint. */
  failure: { readonly reason: unknown; isTold: boolean } | undefined
  /** The text that was sent last. */
  behind: string
  /** What a commit is to be told that the database made a rollback. */
  refusal: unknown
  /** The names of texts that the server is to keep. */
  readonly names: Map<string, string>
  readonly made: MadeTables
}

/** A statement that is held back, with the context in which it was given to the client. */
export interface Kept {
  readonly query: Submittable
  readonly submit: Submittable['submit']
  readonly context: string
  readonly isPhotograph: boolean
  /** Its group, where it has no other. */
  readonly only: OnlyGroup | undefined
}

interface Batch {
  /** Is told each answer. */
  readonly hear: (event: string, message: WireMessage | undefined) => void
  /** What an error is to be told as. */
  readonly explain: (error: WireMessage | undefined) => unknown
  /** What is to be done once all are there. */
  afterwards: () => void
}

/** Nothing is held back. */
export function createHold(): Hold {
  return {
    kept: [],
    photographs: new Map(),
    spent: new Set(),
    isOverlapping: false,
    sent: [],
    failure: undefined,
    behind: '',
    refusal: undefined,
    names: new Map(),
    made: new Map(),
  }
}

/** Whether a statement is one that may be held back. */
export function isHeldBack({ text = '', values }: Submittable): boolean {
  return Array.isArray(values) && (isPhotograph(text) || text.endsWith(` as ${heldRecord}`))
}

/** Whether it is a photograph: its last values are the parts of the context, and its number. */
function isPhotograph(text: string): boolean {
  return text.endsWith(` as ${heldPhotograph}`)
}

/** Holds a statement back, and answers it. */
export function holdBack(
  hold: Hold,
  given: Pick<Kept, 'query' | 'submit' | 'context'>,
  connection: WireConnection,
): void {
  const { query } = given
  const { text = '', values = [] } = query
  const isAsked = isPhotograph(text)
  const number = isAsked ? nextNumber(hold) : Number(values[1] ?? undefined)
  const isKeptThere = !isAsked && isOfFound(values[0])
  const only = isKeptThere ? hold.photographs.get(number) : readOnlyGroup(query)
  if (isAsked) {
    hold.photographs.set(number, only)
    hold.isOverlapping ||= number !== firstNumber
    query.values = [...values.slice(0, -1), String(number)]
  } else hold.photographs.delete(number)
  hold.kept = [...hold.kept, { ...given, isPhotograph: isAsked, only }]
  queueMicrotask(() => {
    const field = { tableID: 0, columnID: 0, dataTypeID: textOid, dataTypeSize: -1, dataTypeModifier: -1 }
    const name = isAsked ? heldPhotograph : heldRecord
    query.handleRowDescription?.({ fields: [{ ...field, name, format: 'text' }] })
    query.handleDataRow?.({ fields: [isAsked ? String(number) : null] })
    query.handleCommandComplete?.({ text: 'SELECT 1' }, connection)
    connection.emit('readyForQuery', { status: 'T' })
  })
}

/** Notes a savepoint in a text that is about to be sent. */
export function noteSavepoint({ photographs, spent }: Hold, text: string): void {
  if (photographs.size === 0) return
  const isMade = firstWord(text).word === 'savepoint' || (text.includes(';') && /\bsavepoint\b/i.test(text))
  if (isMade) for (const number of photographs.keys()) spent.add(number)
}

/**
 * What has to be sent in front of a text. Nothing where that rolls back: what is held back was given after the last
 * statement, and so after any savepoint. It is forgotten when the database has done so: the driver may refuse to send it.
 */
export function takeKept(hold: Hold, text: string): readonly Kept[] {
  if (hold.kept.length === 0 || isRollback(text)) return []
  const { kept } = hold
  hold.kept = []
  return kept
}

/** Takes an answer that is to what was held back. Gives whether it was. */
export function hearAnswer(hold: Hold, event: string, message: WireMessage | undefined): boolean {
  const [batch] = hold.sent
  if (batch === undefined || !answers.has(event)) return false
  if (event === 'errorMessage') hold.failure ??= { reason: batch.explain(message), isTold: false }
  batch.hear(event, message)
  if (event === 'readyForQuery') {
    hold.sent.shift()
    batch.afterwards()
  }
  return true
}

/**
 * Hears the answers to others. A commit that the database makes a rollback is no success where what was held back has failed:
 * gives what it is to be told in front of the answer, by whomever it was sent.
 */
export function hearOthers(hold: Hold, event: string, message: WireMessage | undefined): unknown {
  if (event === 'commandComplete' && message?.text === 'ROLLBACK') {
    if (isCommit(hold.behind)) hold.refusal ??= hold.failure?.reason
    hold.kept = []
  }
  if (event !== 'errorMessage' && event !== 'readyForQuery') return undefined
  const { refusal } = hold
  hold.refusal = undefined
  return event === 'readyForQuery' ? refusal : undefined
}

/** Forgets what belongs to a transaction that is over, and a failure that was rolled back to a savepoint. */
export function settleHold(hold: Hold, status: string): void {
  if (status !== 'E') hold.failure = undefined
  if (status !== 'T') hold.kept = []
  if (status === 'I') {
    hold.photographs.clear()
    hold.spent.clear()
    hold.isOverlapping = false
  }
}

/** The error of a statement: of the first one behind a failure that failure. */
export function explainByFailure({ failure }: Hold, error: unknown): unknown {
  if (failure === undefined || failure.isTold) return error
  failure.isTold = true
  return failure.reason
}

/** Does something once what was sent is answered, and before anything else is sent. */
export function afterAnswers({ sent }: Hold, work: () => void): void {
  const last = sent.at(-1)
  if (last !== undefined) last.afterwards = work
}

function isCommit(text: string): boolean {
  return statementKind(text).startsWith('end') && !isRollback(text)
}

function isRollback(text: string): boolean {
  return ['rollback', 'abort'].includes(firstWord(text).word)
}

const textOid = 25

// far from those that the database counts, where two kinds of connection meet in one transaction
const firstNumber = 1000

// low ones again and again: a session never forgets the name of a setting
function nextNumber({ photographs, spent }: Hold): number {
  let number = firstNumber
  while (photographs.has(number) || spent.has(number)) number++
  return number
}

const answers = new Set([
  'parseComplete',
  'bindComplete',
  'noData',
  'rowDescription',
  'dataRow',
  'commandComplete',
  'errorMessage',
  'readyForQuery',
])
