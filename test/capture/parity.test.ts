import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { apply, rewind } from '../../src/core/apply.ts'
import { parseChanges } from '../../src/core/changes.ts'
import type { TrackOptions } from '../../src/db/track.ts'
import { formatJson, isSameJson, parseJsonObject, type JsonObject } from '../../src/core/json.ts'
import { columnSamples, pinnedSettings, quoteLiteral, type ColumnSamples } from '../support/column-samples.ts'
import { describeOnEveryDatabase, type TestDatabase, type TestQueries } from '../support/database.ts'
import { documentPair } from '../support/documents.ts'
import { readEntries, type LoggedEntry } from '../support/log.ts'

describeOnEveryDatabase('the compiled and the generic function', (db) => {
  describe.each([
    { key: ['id'], runs: 30 },
    { key: ['id', 'part'], runs: 10 },
  ])('of a table with the key $key', ({ key, runs }) => {
    test('write the same changes, and those of each element are a chain that ends in the live row', async () => {
      await comparedOn(db(), `twin_${key.length}`, key, columnSamples.length, runs)
    })
  })

  test('do so for a table of 300 columns', async () => {
    await comparedOn(db(), 'twin_broad', ['id'], 300, 4)
  })

  test('give elements and scopes one text, that of to_jsonb, whatever type the key and the scope have', async () => {
    await db().session(async (session) => {
      await session.run(pinnedSettings)
      const samples = await readSamples(session)
      // who installs, and where, makes no difference to a type's texts: all of them once, and elsewhere a sample
      const isWhole = db().kind === 'PostgreSQL' && db().isSuperuser
      const sampled = isWhole ? samples : samples.filter((_, index) => index % 4 === 0)
      for (const { type, values, alone = [] } of sampled) {
        const texts = [...values, ...alone]
        if (texts.length === 0) continue
        for (const capture of captures) {
          await session.run(
            `create table keyed_${capture} (n integer generated always as identity, v ${type} not null)`,
          )
          // one column as a key has the text that it has as a scope
          await trackAs(session, capture, `keyed_${capture}`, { key: ['v', 'n'], scope: 'v' })
          await session.run(
            `insert into keyed_${capture} (v) values ${texts.map((text) => `(${quoteLiteral(text)})`).join(', ')}`,
          )
        }
        const wanted = await session.query(`
          select '[' || to_jsonb(v)::text || ',' || n || ']' as id, to_jsonb(v) #>> '{}' as scope
          from keyed_compiled
          order by n desc`)
        for (const capture of captures) {
          const named = await session.query(
            `select element_id as id, scope from audit_logs where element_type = $1 order by audit_logs.id desc limit $2`,
            [`keyed_${capture}`, texts.length],
          )
          expect(named, `${type}, ${capture}`).toEqual(wanted)
        }
        await session.run('drop table keyed_compiled, keyed_generic')
      }
    })
  })
})

const captures = ['compiled', 'generic'] as const

/** Tracks a table by a function of either kind, whichever the installation makes. */
async function trackAs(
  session: TestQueries,
  capture: (typeof captures)[number],
  table: string,
  options: TrackOptions,
): Promise<void> {
  const [settings] = await session.query('select capture from backstory.settings')
  await session.run(`
    update backstory.settings set capture = '${capture}';
    select backstory.track('${table}', ${quoteLiteral(JSON.stringify(options))});
    update backstory.settings set capture = '${String(settings?.['capture'])}'`)
  const [made] = await session.query(
    `select p.prosrc like '%tracked_now%' as is_generic
     from backstory.tracked t
     join pg_proc p on p.proname = t.function_name
     where t.element_type = $1`,
    [table],
  )
  expect(made).toEqual({ is_generic: capture === 'generic' })
}

/** The samples of the types that this build has. */
async function readSamples(session: TestQueries): Promise<readonly ColumnSamples[]> {
  const hasXml = await session.query(`select '<a/>'::xml::text`).then(
    () => true,
    () => false,
  )
  // the domain time_stamp has the clock as its default
  return columnSamples.filter(({ type }) => (hasXml || type !== 'xml') && !type.endsWith('time_stamp'))
}

/** Tries random writes on two new tables of one definition, of which one is captured the one way, one the other. */
async function comparedOn(
  db: TestDatabase,
  name: string,
  key: readonly string[],
  columnCount: number,
  runs: number,
): Promise<void> {
  await db.session(async (session) => {
    await session.run(pinnedSettings)
    const columns = await createTwins(session, name, key, columnCount)
    await fc.assert(
      fc.asyncProperty(
        fc.array(write(columns), { minLength: 1, maxLength: 12 }),
        pools,
        async (writes, documents) => {
          const compiled = await recordWrites(session, `${name}_compiled`, writes, columns, documents)
          const generic = await recordWrites(session, `${name}_generic`, writes, columns, documents)
          expect(firstDifference(compiled.map(withoutPlace), generic.map(withoutPlace))).toBeUndefined()
          await expectChains(session, `${name}_compiled`, key, compiled)
        },
      ),
      { numRuns: runs },
    )
    // what is tracked is looked at again by every definition that the tests after this one change
    await session.run(`drop table ${captures.map((capture) => `${name}_${capture}`).join(', ')}`)
  })
}

interface TwinColumn {
  readonly name: string
  /** The values it can take, as SQL; for a document by the number in the pool of the run. */
  readonly values: readonly string[] | 'documents'
}

const documentColumns = ['doc', 'other_doc', 'secret'] as const

async function createTwins(
  session: TestQueries,
  name: string,
  key: readonly string[],
  columnCount: number,
): Promise<readonly TwinColumn[]> {
  const available = await readSamples(session)
  const typed = Array.from({ length: columnCount }, (_, index) => {
    const samples = available[index % available.length] ?? columnSamples[0]
    return { name: `c${index}`, samples }
  })
  const definition = `
    id integer not null,
    part text not null default 'a "part"',
    realm text,
    note text,
    hint text,
    ${documentColumns.map((column) => `${column} jsonb`).join(', ')},
    ${typed.map((column) => `${column.name} ${column.samples?.type ?? 'text'}`).join(', ')},
    doubled text generated always as (realm || realm) stored,
    primary key (${key.join(', ')})`
  const options = { scope: 'realm', ignore: ['note'], redact: ['secret', 'hint'] }
  for (const capture of captures) {
    await session.run(`create table ${name}_${capture} (${definition})`)
    await trackAs(session, capture, `${name}_${capture}`, options)
  }
  const plainTexts = ['null', `'a'`, `'A'`, `''`]
  return [
    ...['realm', 'note', 'hint'].map((column) => ({ name: column, values: plainTexts })),
    ...documentColumns.map((column) => ({ name: column, values: 'documents' as const })),
    ...typed.map((column) => ({
      name: column.name,
      values: [
        'null',
        ...[
          ...(column.samples?.values ?? []),
          ...(column.samples?.alone ?? []),
          ...(column.samples?.lossy ?? []),
        ].map((value) => `${quoteLiteral(value)}::${column.samples?.type ?? 'text'}`),
      ],
    })),
  ]
}

/** Which columns get which of their values: pairs of numbers, the second one modulo the number of values. */
type Patch = readonly (readonly [column: number, value: number])[]

type Write =
  | { readonly kind: 'insert' | 'upsert'; readonly id: number; readonly patch: Patch }
  | { readonly kind: 'update'; readonly ids: readonly number[]; readonly patch: Patch }
  | { readonly kind: 'move'; readonly id: number; readonly to: number; readonly patch: Patch }
  | { readonly kind: 'delete'; readonly ids: readonly number[] }
  | { readonly kind: 'truncate' }

const id = fc.integer({ min: 1, max: 4 })
const ids = fc.uniqueArray(id, { minLength: 1, maxLength: 4 })

const pools = fc
  .tuple(documentPair, documentPair)
  .map((pairs) => [
    'null',
    `'null'::jsonb`,
    `'[1, {"a": 1.0}]'::jsonb`,
    ...pairs
      .flatMap(({ before, after }) => [before, after])
      .map((document) => `${quoteLiteral(formatJson(document))}::jsonb`),
  ])

function write(columns: readonly TwinColumn[]): fc.Arbitrary<Write> {
  // half of what is written goes into the first columns: documents, redacted and ignored ones
  const column = fc.oneof(fc.nat(5), fc.nat(columns.length - 1))
  const patch = fc.uniqueArray(fc.tuple(column, fc.nat(12)), { selector: ([place]) => place, maxLength: 8 })
  const kind = <Kind extends Write['kind']>(name: Kind) => fc.constant(name)
  return fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: kind('insert'), id, patch }) },
    { weight: 2, arbitrary: fc.record({ kind: kind('upsert'), id, patch }) },
    { weight: 10, arbitrary: fc.record({ kind: kind('update'), ids, patch }) },
    { weight: 2, arbitrary: fc.record({ kind: kind('move'), id, to: id, patch }) },
    { weight: 2, arbitrary: fc.record({ kind: kind('delete'), ids }) },
    { weight: 1, arbitrary: fc.record({ kind: kind('truncate') }) },
  )
}

/** Performs writes on an empty table, and gives the entries of it. */
async function recordWrites(
  session: TestQueries,
  table: string,
  writes: readonly Write[],
  columns: readonly TwinColumn[],
  documents: readonly string[],
): Promise<readonly LoggedEntry[]> {
  await session.run(`truncate ${table}`)
  const [last] = await session.query(`select coalesce(max(id), 0)::text as id from audit_logs`)
  await session.run(writes.map((one) => `${writeToSql(table, one, columns, documents)};`).join('\n'))
  const entries = await readEntries(session, table)
  return entries
    .filter((entry) => BigInt(entry.id) > BigInt(String(last?.['id'])))
    .toSorted(
      (one, other) => compare(one.elementId, other.elementId) || compare(BigInt(one.id), BigInt(other.id)),
    )
}

function compare<Value extends string | bigint>(one: Value, other: Value): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

function writeToSql(
  table: string,
  one: Write,
  columns: readonly TwinColumn[],
  documents: readonly string[],
): string {
  if (one.kind === 'truncate') return `truncate ${table}`
  if (one.kind === 'delete') return `delete from ${table} where id in (${one.ids.join(', ')})`
  const cells = one.patch.map(([column, value]) => {
    const { name = 'realm', values = [] } = columns[column] ?? {}
    const pool = values === 'documents' ? documents : values
    return { name, value: pool[value % pool.length] ?? 'null' }
  })
  const sets = ['part = part', ...cells.map(({ name, value }) => `${name} = ${value}`)].join(', ')
  if (one.kind === 'update') return `update ${table} set ${sets} where id in (${one.ids.join(', ')})`
  if (one.kind === 'move') {
    return `
      update ${table} set ${sets}, id = ${one.to}
      where id = ${one.id} and not exists (select from ${table} where id = ${one.to})`
  }
  const conflict =
    one.kind === 'insert' ? 'nothing' : `update set ${sets.replace('part = part', 'part = excluded.part')}`
  const names = ['id', 'part', ...cells.map(({ name }) => name)]
  const target = table.startsWith('twin_2') ? '(id, part)' : '(id)'
  return `
    insert into ${table} (${names.join(', ')})
    values (${[one.id, `'a "part"'`, ...cells.map(({ value }) => value)].join(', ')})
    on conflict ${target} do ${conflict}`
}

/** What two entries have in common that say the same of two tables. */
function withoutPlace({ elementId, action, changesText, scope, userId, context }: LoggedEntry): string {
  return JSON.stringify({ elementId, action, scope, userId, context, changesText })
}

function firstDifference(compiled: readonly string[], generic: readonly string[]): unknown {
  const index = [...compiled, ...generic].findIndex((_, place) => compiled[place] !== generic[place])
  return index < 0 ? undefined : { compiled: compiled[index], generic: generic[index] }
}

/** Every entry leads from the state before to the one after and back, something differs, and the last is the row. */
async function expectChains(
  session: TestQueries,
  table: string,
  key: readonly string[],
  entries: readonly LoggedEntry[],
): Promise<void> {
  const elementId = key.length === 1 ? 'id::text' : `'[' || id || ',' || to_jsonb(part)::text || ']'`
  const rows = await session.query(
    `select ${elementId} as id, (to_jsonb(r) - '{note,secret,hint}'::text[])::text as image from ${table} r`,
  )
  const live = new Map(rows.map((row) => [String(row['id']), parseJsonObject(String(row['image']))]))
  for (const [element, chain] of Map.groupBy(entries, (entry) => entry.elementId)) {
    let state: JsonObject | null = null
    for (const entry of chain) {
      const changes = parseChanges(entry.changesText)
      const next = apply(state, changes)
      expectSame(rewind(next, changes), state)
      expect(isSameJson(next, state) && changes.redacted === undefined, entry.changesText).toBe(false)
      state = next
    }
    expectSame(state, live.get(element) ?? null)
  }
  expect([...live.keys()].filter((element) => !entries.some((entry) => entry.elementId === element))).toEqual(
    [],
  )
}

function expectSame(one: JsonObject | null, other: JsonObject | null): void {
  if (!isSameJson(one, other)) expect(formatJson(one)).toBe(formatJson(other))
}
