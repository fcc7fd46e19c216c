import { createBackstory } from 'backstory'

import { openPool } from '../databases.ts'
import type { Capture } from './capture.ts'

/** Backstory's trigger capture, with the options and indexes of a plain `install()` and `track()`. */
export const backstory: Capture = {
  name: 'Backstory',
  install: async ({ connection }) => {
    const pool = openPool(connection)
    const log = createBackstory(pool)
    await log.install()
    await log.track('elements')
    await pool.end()
  },
  logTables: ['public.audit_logs'],
}

/** Backstory, told that the listeners of an ORM will record the table: there is no trigger on it. */
export const listened: Capture = {
  name: 'Backstory, listener',
  install: async ({ connection }) => {
    const pool = openPool(connection)
    const log = createBackstory(pool)
    await log.install()
    await log.track('elements', { capture: 'listener' })
    await pool.end()
  },
  logTables: ['public.audit_logs'],
}

/**
 * The same with the log partitioned by month, which is a copy of the plain one here: Backstory itself does not partition
 * its log yet.
 */
export const partitioned: Capture = {
  name: 'Backstory, log in partitions',
  install: async (place) => {
    await backstory.install(place)
    await place.client.query(monthlyPartitions)
  },
  logTables: ['public.audit_logs_this_month'],
  note: 'Backstory, log in partitions: a copy of the plain log, in monthly ranges; Backstory does not partition its log itself',
}

/** The same with the indexes that whoever puts a viewer in front of a long log wants. */
export const indexed: Capture = {
  name: 'Backstory, indexes for a viewer',
  install: async (place) => {
    await backstory.install(place)
    const pool = openPool(place.connection)
    await createBackstory(pool).install({ indexes: ['time', 'user', 'type'] })
    await pool.end()
  },
  logTables: ['public.audit_logs'],
  note: "Backstory, indexes for a viewer: install({ indexes: ['time', 'user', 'type'] })",
}

/** Backstory installed, and the table not tracked: its context can be carried, and nothing is captured. */
export const untracked: Capture = {
  name: 'bare',
  install: async ({ connection }) => {
    const pool = openPool(connection)
    await createBackstory(pool).install()
    await pool.end()
  },
  logTables: [],
}

// the key of a partitioned table has to contain what it is partitioned by
const monthlyPartitions = `
  alter table public.audit_logs rename to audit_logs_plain;
  create table public.audit_logs (
    like public.audit_logs_plain including defaults including identity including compression including storage
  ) partition by range ("timestamp");
  alter table public.audit_logs add primary key (id, "timestamp");
  create index on public.audit_logs (element_id, element_type, id);
  create index on public.audit_logs (transaction_id);
  create index on public.audit_logs using brin (id, "timestamp");
  do $block$
  declare
    month timestamptz := date_trunc('month', now());
  begin
    for offset_months in -3..3 loop
      execute format(
        'create table public.%I partition of public.audit_logs for values from (%L) to (%L)',
        case offset_months when 0 then 'audit_logs_this_month' else 'audit_logs_month_' || offset_months end,
        month + offset_months * interval '1 month',
        month + (offset_months + 1) * interval '1 month'
      );
    end loop;
  end
  $block$`
