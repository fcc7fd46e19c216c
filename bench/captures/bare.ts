import type { Capture } from './capture.ts'

/** The write that nobody watches: what all others are compared with. */
export const bare: Capture = { name: 'bare', install: async () => {}, logTables: [] }
