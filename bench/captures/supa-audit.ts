import type { Capture } from './capture.ts'
import { listCheckout, readCheckout } from './checkout.ts'

/** https://github.com/supabase/supa_audit: one log of whole images, before and after, keyed by a hash of the key. */
export const supaAudit: Capture = {
  name: 'supa_audit',
  extensions: ['uuid-ossp'],
  checkout: 'supa_audit',
  install: async (place) => {
    const scripts = (await listCheckout(place, supaAudit)).filter((file) =>
      /^supa_audit--[\d.]+\.sql$/.test(file),
    )
    const script = await readCheckout(place, supaAudit, scripts.at(-1) ?? 'supa_audit--0.3.1.sql')
    await place.client.query('create extension "uuid-ossp"')
    // what `create extension` alone may call: which tables a dump has to include
    await place.client.query(script.replaceAll(/^select pg_catalog\.pg_extension_config_dump.*$/gm, ''))
    await place.client.query("select audit.enable_tracking('public.elements'::regclass)")
  },
  logTables: ['audit.record_version'],
}
