import type { Capture } from './capture.ts'
import { readCheckout } from './checkout.ts'

/** https://github.com/pgMemento/pgMemento: statement and row triggers, the old values of changed columns as jsonb. */
export const pgMemento: Capture = {
  name: 'pgMemento',
  checkout: 'pgMemento',
  install: async (place) => {
    const installer = await readCheckout(place, pgMemento, 'INSTALL_PGMEMENTO.sql')
    for (const [, file = ''] of installer.matchAll(/^\\i (\S+)/gm)) {
      const script = await readCheckout(place, pgMemento, file)
      // commands of psql, and an echo of it is all that they are
      await place.client.query(script.replaceAll(/^\\.*$/gm, ''))
    }
    await place.client.query('set search_path to public, pgmemento')
    await place.client.query(
      `alter database "${place.connection.database}" set search_path to public, pgmemento`,
    )
    await place.client.query("select pgmemento.init('public')")
  },
  logTables: ['pgmemento.row_log', 'pgmemento.table_event_log', 'pgmemento.transaction_log'],
  note: 'pgMemento: with its default, which keeps old values alone; it adds a column to the table that it watches',
}
