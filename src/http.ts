export { routes } from './http/contract/routes.ts'
export type { BodyOf, Capability, QueryOf, ResponseOf, Route, RouteName } from './http/contract/routes.ts'
export type { ConflictBody, EntryBody, ProblemBody, UndoneBody, VersionBody } from './http/contract/values.ts'
