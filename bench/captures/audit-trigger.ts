import type { Capture } from './capture.ts'
import { readCheckout } from './checkout.ts'

/** https://github.com/2ndQuadrant/audit-trigger: one log, the old row and the changed columns as hstore. */
export const auditTrigger: Capture = {
  name: 'audit-trigger',
  extensions: ['hstore'],
  checkout: 'audit-trigger',
  install: async (place) => {
    await place.client.query(await readCheckout(place, auditTrigger, 'audit.sql'))
    await place.client.query("select audit.audit_table('public.elements')")
  },
  logTables: ['audit.logged_actions'],
  note: 'audit-trigger: with its defaults, which keep the text of the statement with every row; values are text, not JSON',
}
