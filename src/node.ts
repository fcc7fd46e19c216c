export { actingAsRequest, mount } from './http/frameworks/node.ts'
export type { ActiveSpans, RequestContextOptions } from './http/frameworks/request-context.ts'
export type { NodeContextOptions } from './http/frameworks/node.ts'
