export { actingAsRequest, mount } from './http/frameworks/express.ts'
export type { ActiveSpans, RequestContextOptions } from './http/frameworks/request-context.ts'
