import type { Capture } from './capture.ts'

/** The trigger that people write by hand: one function for all tables, whole row images as jsonb, before and after. */
export const generic: Capture = {
  name: 'generic trigger',
  install: async ({ client }) => {
    await client.query(`
      create table public.generic_log (
        id bigint generated always as identity primary key,
        at timestamptz not null default now(),
        table_name text not null,
        row_id text not null,
        operation text not null,
        actor text,
        old_row jsonb,
        new_row jsonb
      );
      create index on public.generic_log (table_name, row_id, id);
      create function public.log_generically() returns trigger language plpgsql as $function$
      begin
        insert into public.generic_log (table_name, row_id, operation, actor, old_row, new_row)
        values (
          tg_table_name, coalesce(new.id, old.id)::text, tg_op, current_setting('app.user', true),
          to_jsonb(old), to_jsonb(new)
        );
        return null;
      end
      $function$;
      create trigger capture after insert or update or delete on public.elements
      for each row execute function public.log_generically()`)
  },
  logTables: ['public.generic_log'],
}
