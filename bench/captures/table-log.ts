import type { Capture } from './capture.ts'

/** The extension table_log, as Debian's `postgresql-15-tablelog` has it: a log table of the row's columns, in C. */
export const tableLog: Capture = {
  name: 'table_log',
  extensions: ['table_log'],
  install: async ({ client }) => {
    await client.query('create extension table_log')
    await client.query("select table_log_init(5, 'public', 'elements', 'public', 'elements_log')")
  },
  logTables: ['public.elements_log'],
  note: 'table_log: an update is two rows, old and new; its log has no index for the history of one element',
}
