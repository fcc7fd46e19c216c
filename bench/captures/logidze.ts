import type { Capture } from './capture.ts'
import { listCheckout, readCheckout } from './checkout.ts'

/** https://github.com/palkan/logidze: the history of a row in a jsonb column of that row. */
export const logidze: Capture = {
  name: 'logidze',
  extensions: ['hstore'],
  checkout: 'logidze',
  install: async (place) => {
    const folder = ['lib', 'generators', 'logidze', 'install', 'functions']
    await place.client.query('create extension hstore')
    for (const file of await listCheckout(place, logidze, ...folder)) {
      const script = await readCheckout(place, logidze, ...folder, file)
      // the variant for triggers that fire after is a template of Ruby, and not its default
      if (!script.includes('<%')) await place.client.query(script)
    }
    // what `rails generate logidze:model Element --backfill` makes of its templates
    await place.client.query(`
      alter table public.elements add column log_data jsonb;
      update public.elements e set log_data = logidze_snapshot(to_jsonb(e), 'updated_at');
      create trigger logidze_on_elements before update or insert on public.elements
      for each row when (coalesce(current_setting('logidze.disabled', true), '') <> 'on')
      execute procedure logidze_logger(null, 'updated_at')`)
    await place.client.query('vacuum full public.elements')
  },
  logTables: [],
  countEntries: `select coalesce(sum(jsonb_array_length(log_data -> 'h')), 0) from public.elements`,
  measureBytes: 'select coalesce(sum(pg_column_size(log_data)), 0) from public.elements',
  note: 'logidze: the history lives in the row itself and is written anew with every version, so that updates grow dearer with it; a deleted row takes its history along',
}
