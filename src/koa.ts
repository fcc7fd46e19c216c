export { actingAsRequest, mount } from './http/frameworks/koa.ts'
export type { KoaLikeContext } from './http/frameworks/koa.ts'
export type { ActiveSpans, RequestContextOptions } from './http/frameworks/request-context.ts'
