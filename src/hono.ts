export { actingAsRequest, mount } from './http/frameworks/hono.ts'
export type { HonoLikeContext } from './http/frameworks/hono.ts'
export type { ActiveSpans, RequestContextOptions } from './http/frameworks/request-context.ts'
