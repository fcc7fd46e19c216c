import { actingAs } from '../../context/context.ts'
import { BackstoryError } from '../../core/errors.ts'
import type { Answerer } from '../call.ts'
import type { ResponseOf } from '../contract/routes.ts'
import { ProblemError } from '../problems.ts'
import { respondJson, respondOnce, writeJson } from '../respond.ts'
import { findEntryOf } from './entries.ts'

/** `GET /versions` */
export const answerVersions: Answerer<'versions'> = async ({ request, log, query }) => {
  const versions = await log.element(query.elementType, query.elementId).versions()
  const body: ResponseOf<'versions'> = { versions }
  return respondJson(request, body)
}

/** `POST /versions` */
export const answerNameVersion: Answerer<'nameVersion'> = async ({ log, body, grant }) => {
  const { elementType, elementId, entryId, name } = body
  const entry =
    entryId === undefined
      ? (await log.entries({ elementType, elementId, limit: 1 })).entries[0]
      : await findEntryOf(log, entryId, body)
  if (entry === undefined) {
    throw new BackstoryError('entry_not_found', `${elementType} ${elementId} has no entry to name.`)
  }
  const version: ResponseOf<'nameVersion'> = await actingAs(grant.actor ?? {}, () =>
    log.element(elementType, elementId).nameVersion(entry, name),
  )
  return respondOnce(201, writeJson(version))
}

/** `DELETE /versions/{id}` */
export const answerForgetVersion: Answerer<'forgetVersion'> = async ({ log, params, grant }) => {
  const whose = grant.can.includes('forget') ? {} : { namedBy: grant.actor?.userId ?? null }
  const isForgotten = await actingAs(grant.actor ?? {}, () => log.forgetVersion(params.id, whose))
  if (isForgotten) return new Response(null, { status: 204 })
  throw new ProblemError('not_found', `There is no version ${params.id}.`)
}
