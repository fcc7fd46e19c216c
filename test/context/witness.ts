/**
 * A table whose every change is witnessed by a trigger that copies the context, as the capture of a tracked table
 * does: what the tests of the riders look at. `deeds` are done, `witnessed` says by whom.
 */
export const witnessTables = `
create table deeds (id integer generated always as identity primary key, note text not null);
create table witnessed (
  id integer generated always as identity primary key,
  note text,
  user_id text,
  context jsonb
);
create function witness() returns trigger language plpgsql as $$
begin
  insert into witnessed (note, user_id, context)
  values (
    case tg_op when 'DELETE' then old.note else new.note end,
    nullif(current_setting('backstory.user_id', true), ''),
    nullif(current_setting('backstory.context', true), '')::jsonb
  );
  return null;
end
$$;
create trigger witness after insert or update or delete on deeds for each row execute function witness();
create function do_deed(note text) returns text language sql as $$
insert into deeds (note) values (do_deed.note) returning note
$$;
create procedure do_deeds_in_steps(note text) language plpgsql as $$
begin
  insert into deeds (note) values (note || ' 1');
  commit;
  insert into deeds (note) values (note || ' 2');
end
$$;
`

/** What was witnessed so far, in order; each entry `note by user`, or `note by nobody`. */
export async function witnessedBy(
  query: (text: string) => Promise<Record<string, unknown>[]>,
): Promise<readonly string[]> {
  const rows = await query(
    `select note || ' by ' || coalesce(user_id, 'nobody') as line from witnessed order by id`,
  )
  return rows.map((row) => String(row['line']))
}
