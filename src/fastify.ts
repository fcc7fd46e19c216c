export { actingAsRequest, mount } from './http/frameworks/fastify.ts'
export type { FastifyLikeApp, FastifyLikeRequest, FastifyLikeScope } from './http/frameworks/fastify.ts'
export type { ActiveSpans, RequestContextOptions } from './http/frameworks/request-context.ts'
