import type { Capture } from './capture.ts'
import { listCheckout, readCheckout } from './checkout.ts'

const schema = 'carbonite_default'

/**
 * https://github.com/bitcrowd/carbonite: a row for each transaction, inserted by the application, and a whole image for
 * each change. Its tables are declared in Elixir; these are the same after its migrations, in SQL. Its functions are
 * read from the migrations of the checkout, the newest of each name.
 */
export const carbonite: Capture = {
  name: 'carbonite',
  checkout: 'carbonite',
  install: async (place) => {
    await place.client.query(tables)
    for (const text of await readFunctions(place)) await place.client.query(text)
    await place.client.query(`
      create trigger set_transaction_id_trigger before insert on ${schema}.transactions
      for each row execute procedure ${schema}.set_transaction_id();
      create constraint trigger capture_changes_into_${schema}_trigger
      after insert or update or delete on public.elements
      deferrable initially immediate
      for each row execute procedure ${schema}.capture_changes();
      insert into ${schema}.triggers (table_prefix, table_name, store_changed_from, inserted_at, updated_at)
      values ('public', 'elements', true, now(), now())`)
  },
  logTables: [`${schema}.changes`, `${schema}.transactions`],
  transactionRow: `insert into ${schema}.transactions (meta, inserted_at) values ('{}', now())`,
  note: 'carbonite: with store_changed_from; the row that it wants of every transaction is inserted by the same statement here, which saves it the round trips that its library needs for it',
}

async function readFunctions(place: Parameters<Capture['install']>[0]): Promise<readonly string[]> {
  const folder = ['lib', 'carbonite', 'migrations']
  const versions = (await listCheckout(place, carbonite, ...folder))
    .map((file) => Number(/^v(\d+)\.ex$/.exec(file)?.[1]))
    .filter((version) => version > 0)
    .toSorted((a, b) => a - b)
  const newest = new Map<string, string>()
  for (const version of versions) {
    const source = await readCheckout(place, carbonite, ...folder, `v${version}.ex`)
    for (const [, text = ''] of source.matchAll(/"""\n(\s*CREATE OR REPLACE FUNCTION[\s\S]*?)"""/g)) {
      newest.set(/FUNCTION ([^(]*)/.exec(text)?.[1] ?? '', text.replaceAll('#{prefix}', schema))
    }
  }
  return [...newest.values()]
}

const tables = `
  create schema ${schema};
  create type ${schema}.change_op as enum ('insert', 'update', 'delete');
  create type ${schema}.trigger_mode as enum ('capture', 'ignore');
  create table ${schema}.transactions (
    xact_id xid8 not null,
    meta jsonb not null default '{}',
    inserted_at timestamp not null,
    id bigint not null,
    primary key (id) include (xact_id)
  );
  create sequence ${schema}.transactions_id_seq owned by ${schema}.transactions.id;
  create table ${schema}.changes (
    id bigserial primary key,
    transaction_xact_id xid8 not null,
    op ${schema}.change_op not null,
    table_prefix varchar(255) not null,
    table_name varchar(255) not null,
    table_pk varchar(255)[],
    data jsonb not null,
    changed varchar(255)[] not null,
    transaction_id bigint not null
      references ${schema}.transactions (id) on delete cascade on update cascade,
    changed_from jsonb
  );
  create index on ${schema}.changes (transaction_xact_id);
  create index on ${schema}.changes (transaction_id);
  create index on ${schema}.changes (table_prefix, table_name, table_pk);
  create table ${schema}.triggers (
    id bigserial primary key,
    table_prefix varchar(255) not null,
    table_name varchar(255) not null,
    primary_key_columns varchar(255)[] not null default '{id}',
    excluded_columns varchar(255)[] not null default '{}',
    filtered_columns varchar(255)[] not null default '{}',
    mode ${schema}.trigger_mode not null default 'capture',
    store_changed_from boolean not null default false,
    inserted_at timestamp not null,
    updated_at timestamp not null
  );
  create unique index on ${schema}.triggers (table_prefix, table_name)
    include (primary_key_columns, excluded_columns, filtered_columns, mode)`
