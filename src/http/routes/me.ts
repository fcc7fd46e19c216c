import type { Answerer } from '../call.ts'
import type { ResponseOf } from '../contract/routes.ts'
import { allowedOf, isNarrowed } from '../grant.ts'
import { respondJson } from '../respond.ts'

/** `GET /me` */
export const answerMe: Answerer<'me'> = async ({ request, log, grant, settings }) => {
  const tables = await log.tracked()
  const body: ResponseOf<'me'> = {
    userId: grant.actor?.userId ?? null,
    can: allowedOf(grant, settings),
    narrowed: isNarrowed(grant),
    states: grant.sight?.userIds === undefined,
    tables: tables.map(({ elementType, key, options, status }) => ({
      elementType,
      key: [...key],
      label: options.label ?? null,
      scope: options.scope ?? null,
      redacted: [...(options.redact ?? [])],
      ignored: [...(options.ignore ?? [])],
      recording: status === 'active',
    })),
  }
  return respondJson(request, body)
}
