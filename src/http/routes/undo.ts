import { actingAs } from '../../context/context.ts'
import { BackstoryError } from '../../core/errors.ts'
import type { Keeping } from '../../backstory/narrowed.ts'
import type { Undone, UndoOptions, UndoWhat } from '../../backstory/undo.ts'
import { toUndoneBody } from '../bodies.ts'
import type { Answerer, Call } from '../call.ts'
import type { ResponseOf } from '../contract/routes.ts'
import { ProblemError } from '../problems.ts'
import { hashOf, respondOnce, writeJson } from '../respond.ts'
import { readMoment } from './element.ts'

/** `POST /element/restore/preview` */
export const answerPreviewRestore: Answerer<'previewRestore'> = async ({ log, body }) => {
  const { elementType, elementId } = body
  return respondPreview(await log.element(elementType, elementId).previewRestore(await restoring(log, body)))
}

/** `POST /element/restore` */
export const answerRestore: Answerer<'restore'> = async (call) => {
  const { log, body } = call
  const { elementType, elementId, reason } = body
  return writeOnce(call, reason, async (options) =>
    log.element(elementType, elementId).restore({ ...(await restoring(log, body)), ...options }),
  )
}

/** `POST /undo/preview` */
export const answerPreviewUndo: Answerer<'previewUndo'> = async ({ log, body }) =>
  respondPreview(await log.previewUndo(toWhat(body), optionsOf(body)))

/** `POST /undo` */
export const answerUndo: Answerer<'undo'> = async (call) => {
  const { log, body } = call
  const what = toWhat(body)
  return writeOnce(call, body.reason, (options) => log.undo(what, { ...optionsOf(body), ...options }))
}

async function restoring(
  log: Call<'restore'>['log'],
  body: Pick<
    Call<'restore'>['body'],
    'elementType' | 'elementId' | 'at' | 'entry' | 'cascaded' | 'columns' | 'conflicts'
  >,
) {
  const to = await readMoment(log, body, { time: body.at, entryId: body.entry, names: ['at', 'entry'] })
  return { cascaded: body.cascaded, ...optionsOf(body), ...(to === undefined ? {} : { to }) }
}

function optionsOf({
  conflicts,
  columns,
}: {
  readonly conflicts: 'refuse' | 'skip' | 'force'
  readonly columns?: readonly string[] | undefined
}): UndoOptions {
  return { conflicts, ...(columns === undefined ? {} : { columns }) }
}

function toWhat(body: Omit<Call<'undo'>['body'], 'reason'>): UndoWhat {
  const { entryId, entryIds, transactionId, userId, since, until } = body
  const given = [entryId, entryIds, transactionId, userId].filter((one) => one !== undefined)
  const isWhole = userId === undefined ? since === undefined && until === undefined : since !== undefined
  if (given.length === 1 && isWhole) {
    if (entryId !== undefined) return { entry: entryId }
    if (entryIds !== undefined) return { entries: entryIds }
    if (transactionId !== undefined) return { transactionId }
    if (userId !== undefined && since !== undefined) {
      return { userId, since, ...(until === undefined ? {} : { until }) }
    }
  }
  const message = 'takes one of entryId, entryIds, transactionId, or userId with since'
  throw new ProblemError('invalid_request', `An undo ${message}.`, {
    errors: [{ pointer: '', code: 'exclusive', message }],
  })
}

function respondPreview(planned: Undone): Response {
  const etag = tagOf(planned)
  const body: ResponseOf<'previewUndo'> = { ...toUndoneBody(planned), etag }
  return respondOnce(200, writeJson(body), { etag })
}

// conflicts and what is left out are said as well: whoever agreed to the writes saw them
function tagOf(planned: Undone): string {
  return `"${hashOf(writeJson(toUndoneBody(planned)))}"`
}

async function writeOnce(
  { request, grant, log, body }: Call<'undo'> | Call<'restore'>,
  reason: string | undefined,
  write: (options: Pick<UndoOptions, 'onlyIf'> & Keeping) => Promise<Undone>,
): Promise<Response> {
  const agreed = request.headers.get('if-match')
  if (agreed === null) {
    throw new ProblemError(
      'preview_first',
      'The request has no If-Match: it would write what nobody has seen.',
    )
  }
  const given = request.headers.get('idempotency-key')
  const key = given === null ? undefined : hashOf(writeJson([grant.actor?.userId ?? null, given]))
  // what somebody sees decides about the answer, too
  const fingerprint = hashOf(writeJson([new URL(request.url).pathname, body, agreed, grant.sight ?? null]))
  const earlier = key === undefined ? null : await answered(log, key, fingerprint)
  if (earlier !== null) return earlier
  const keep = (planned: Undone) => ({
    key: key ?? '',
    fingerprint,
    answer: writeJson(toUndoneBody(planned)),
  })
  try {
    const undone = await actingAs({ ...grant.actor, ...(reason === undefined ? {} : { reason }) }, () =>
      write({
        onlyIf: (planned) => agreed === '*' || agreed === tagOf(planned),
        ...(key === undefined ? {} : { keep }),
      }),
    )
    return respondOnce(200, writeJson(toUndoneBody(undone)))
  } catch (error) {
    // the same request, at the same time
    if (!(error instanceof BackstoryError) || error.code !== 'already_done' || key === undefined) throw error
    const theirs = await answered(log, key, fingerprint)
    if (theirs === null) throw error
    return theirs
  }
}

async function answered(
  log: Call<'undo'>['log'],
  key: string,
  fingerprint: string,
): Promise<Response | null> {
  const earlier = await log.answerTo(key)
  if (earlier === null) return null
  if (earlier.fingerprint === fingerprint) {
    return respondOnce(200, earlier.answer, { 'idempotency-replayed': 'true' })
  }
  throw new ProblemError('key_reused', 'The Idempotency-Key was sent with another request before.')
}
