import { expect, test } from 'vitest'

import { statementKind, type StatementKind } from './statement-kind.ts'

test.each<[StatementKind, string]>([
  ['write', 'insert into t values (1)'],
  ['write', '  INSERT into t select 1'],
  ['write', '/* a /* b */ */ -- c\n update t set a = 1'],
  ['write', 'delete from t'],
  ['write', 'merge into t using s on true when matched then delete'],
  ['write', 'truncate t'],
  ['write', 'execute prepared_insert(1)'],
  ['write', 'with x as (insert into t values (1) returning *) select * from x'],
  ['write', 'with x as (select 1) update t set a = 1'],
  ['write', 'explain analyze delete from t'],
  ['write', 'explain (analyze, buffers) insert into t values (1)'],
  ['write', 'copy t from stdin'],
  ['write', 'copy "from to" (a, "to") from stdin with (format csv)'],
  ['write', "copy public.t(a) from program 'x'"],
  ['write', 'do $$ begin insert into t values (1); end $$'],
  ['read', 'select 1'],
  ['read', '((select 1) union (select 2))'],
  ['read', 'values (1)'],
  ['read', 'table t'],
  ['read', 'with x as (select 1) select * from x'],
  ['read', 'with x as (select * from t for update) select * from x for no key update'],
  ['neutral', 'copy t to stdout'],
  ['neutral', 'copy "from" to stdout'],
  ['neutral', 'copy (select * from t) to stdout'],
  ['neutral', 'explain insert into t values (1)'],
  ['neutral', 'explain analyze select 1'],
  ['neutral', 'set transaction isolation level serializable'],
  ['neutral', 'savepoint s'],
  ['neutral', 'prepare p as insert into t values (1)'],
  ['neutral', ''],
  ['neutral', '-- nothing'],
  ['other', 'call p()'],
  ['other', 'vacuum t'],
  ['other', 'create index concurrently on t (a)'],
  ['other', 'do $$ begin insert into t values (1); commit; end $$'],
  ['other', 'do $$ begin call p(); end $$'],
  ['other', 'inserting'],
  ['begin', 'begin isolation level serializable'],
  ['begin', 'START TRANSACTION'],
  ['end', 'commit'],
  ['end', 'end'],
  ['end', 'rollback'],
  ['end', 'abort work'],
  ['end', "prepare transaction 'x'"],
  ['end and chain', 'commit and chain'],
  ['end and chain', 'rollback work and chain'],
  ['end', 'commit and no chain'],
  ['rollback to', 'rollback to s'],
  ['rollback to', 'ROLLBACK TRANSACTION TO SAVEPOINT s'],
  ['reset', 'reset all'],
  ['reset', 'discard all'],
])('%s: %s', (kind, text) => {
  expect(statementKind(text)).toBe(kind)
})

test('a long text takes no longer than its length', () => {
  const word = 'a'.repeat(100_000)
  expect(statementKind(`copy ${word} to stdout`)).toBe('neutral')
  expect(statementKind(`with ${word} as (select '${word}') select 1`)).toBe('read')
})
