import { defineLog } from './elements/log-element.tsx'
import { defineTimeline } from './elements/timeline-element.tsx'
import { defineAsOf, defineBlame, defineDiff } from './elements/version-elements.tsx'

export { registerFieldRenderer } from './embedding.ts'
export type * from './embedding.ts'

defineLog()
defineTimeline()
defineDiff()
defineBlame()
defineAsOf()
