export { actingAsRequest, mount } from './http/frameworks/next.ts'
export type { NextRouteContext, NextRouteHandler } from './http/frameworks/next.ts'
export type { ActiveSpans, RequestContextOptions } from './http/frameworks/request-context.ts'
