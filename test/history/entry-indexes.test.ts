import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'

import { createBackstory, type EntryFilter, type LogIndex } from '../../src/index.ts'
import { openPostgres, type TestDatabase } from '../support/database.ts'

const entryCount = 1_000_000
/** Of which the first are of somebody and something that was not seen again. */
const quietCount = entryCount / 10

/** What the statements of a call read of the log. */
interface Reading {
  readonly indexes: ReadonlySet<string>
  readonly hasSequentialScan: boolean
  /** The most rows that any step read or threw away. */
  readonly mostRows: number
}

describe('the questions that people ask of a long log', () => {
  let db: TestDatabase & { readonly database: pg.Pool }
  const backstory = () => createBackstory(db.database)

  beforeAll(async () => {
    db = await openPostgres({ pool: { max: 1 } })
    // an index is built faster than it is kept while rows come in
    await backstory().install({ indexes: [] })
    const secondary = await db.query(`
      select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition
      from pg_index i
      where i.indrelid = 'audit_logs'::regclass and not i.indisprimary`)
    for (const { name } of secondary) await db.run(`drop index ${String(name)}`)
    await db.run(`
      insert into audit_logs (element_type, element_id, user_id, scope, "timestamp", action, changes, transaction_id, context)
      select
        case when n <= ${quietCount} then 'relics' else 'type_' || n % 4 end,
        (n % 10000)::text,
        case when n <= ${quietCount} then 'merlin' else 'user_' || n % 50 end,
        'world_' || n % 100,
        timestamptz '2025-01-01Z' + n * interval '12 seconds',
        'update',
        jsonb_build_object('before', jsonb_build_object('rank', n - 1), 'after', jsonb_build_object('rank', n)),
        (1000 + n / 10)::text::xid8,
        jsonb_build_object('requestId', n / 5)
      from generate_series(1, ${entryCount}) as n`)
    for (const { definition } of secondary) await db.run(String(definition))
    await backstory().install({ indexes: ['user', 'type', 'time', 'scope', 'context', 'changes'] })
    await db.run('vacuum analyze audit_logs')
  }, 300_000)
  afterAll(() => db.close())

  /** Runs a call, and explains every statement that it sent. */
  async function explain(call: () => PromiseLike<unknown>): Promise<Reading> {
    const sent = vi.spyOn(db.database, 'query')
    await call()
    const statements = sent.mock.calls.map(([statement]): unknown => statement)
    sent.mockRestore()
    const indexes = new Set<string>()
    let hasSequentialScan = false
    let mostRows = 0
    for (const statement of statements) {
      if (!isStatement(statement) || !statement.text.includes('from public.audit_logs a')) continue
      const text = statement.text.replace(/^explain\n/, '')
      const [row] = await db.query(`explain (analyze, format json) ${text}`, statement.values)
      visit(row?.['QUERY PLAN'])
    }
    return { indexes, hasSequentialScan, mostRows }

    function visit(node: unknown): void {
      if (typeof node !== 'object' || node === null) return
      for (const [name, value] of Object.entries(node)) {
        if (name === 'Index Name') indexes.add(String(value))
        if (value === 'Seq Scan') hasSequentialScan = true
        // a bitmap of a BRIN counts what its blocks might hold
        if (/^(Actual Rows|Rows Removed by (Filter|Index Recheck))$/.test(name) && !isBrin(node)) {
          mostRows = Math.max(mostRows, Number(value))
        }
        visit(value)
      }
    }
  }

  const isStatement = (given: unknown): given is { text: string; values: string[] } =>
    typeof given === 'object' && given !== null && 'text' in given && 'values' in given
  const isBrin = (node: object): boolean => 'Index Name' in node && node['Index Name'] === 'audit_logs_time'

  const middle = { since: '2025-03-10', until: '2025-03-11' } as const

  test.each<[string, EntryFilter, string, number]>([
    [
      'an element, and what it was done by',
      { elementType: 'type_1', elementId: 77, action: 'update' },
      'audit_logs_element',
      100,
    ],
    ['an element of any type', { elementId: 77 }, 'audit_logs_element', 100],
    ['a type', { elementType: 'type_3' }, 'audit_logs_type', 60],
    ['a type that has long been quiet', { elementType: 'relics' }, 'audit_logs_type', 60],
    ['a type without entries', { elementType: 'dragons' }, 'audit_logs_type', 60],
    ['several types', { elementType: ['relics', 'type_1', 'dragons'] }, 'audit_logs_type', 120],
    ['an actor', { userId: 'user_7' }, 'audit_logs_user', 60],
    ['an actor who has long been quiet', { userId: 'merlin' }, 'audit_logs_user', 60],
    ['several actors', { userId: ['merlin', 'user_7', 'nobody'] }, 'audit_logs_user', 120],
    ['a transaction', { transactionId: '9000' }, 'audit_logs_transaction', 60],
    ['a day', middle, 'audit_logs_pkey', 60],
    ['a day, oldest first', { ...middle, order: 'oldest' }, 'audit_logs_pkey', 60],
    [
      'everything since long ago, oldest first',
      { since: '2025-03-10', order: 'oldest' },
      'audit_logs_pkey',
      60,
    ],
    ['everything until long ago, newest first', { until: '2025-03-10' }, 'audit_logs_pkey', 60],
    // of a day, all of an actor's entries and a sort would cost nearly the same
    [
      'an actor in a month',
      { userId: 'user_7', since: '2025-03-10', until: '2025-04-10' },
      'audit_logs_user',
      60,
    ],
    ['a scope', { scope: 'world_7' }, 'audit_logs_scope', 60],
    ['a context', { context: { requestId: 777 } }, 'audit_logs_context', 60],
    ['a new value', { newValue: { rank: 777 } }, 'audit_logs_changes', 60],
    ['an old value in a type', { elementType: 'type_3', oldValue: { rank: 778 } }, 'audit_logs_changes', 60],
    ['nothing in particular', {}, 'audit_logs_pkey', 60],
  ])('%s: a page is read by index, and no more than it takes', async (_, filter, index, mostRows) => {
    const reading = await explain(() => backstory().entries({ limit: 50, ...filter }))
    expect([...reading.indexes]).toContain(index)
    expect(reading.hasSequentialScan).toBe(false)
    expect(reading.mostRows).toBeLessThanOrEqual(mostRows)
  })

  // the statement is inside of a function, whose plan no explain shows
  test.each(['newest', 'oldest'] as const)(
    'an element, %s first: a page is read by index, and no more than it takes',
    async (order) => {
      const countRead = async () => {
        const [row] = await db.query(`
          select seq_scan, idx_tup_fetch from pg_stat_xact_user_tables where relname = 'audit_logs'`)
        return [Number(row?.['seq_scan']), Number(row?.['idx_tup_fetch'])] as const
      }
      // the pool has one connection; what it read before may not be forgotten yet
      await db.run('begin')
      const [scansBefore, rowsBefore] = await countRead()
      const page = await backstory().entries({ elementType: 'type_1', elementId: 77, limit: 10, order })
      const [scans, rows] = await countRead()
      await db.run('rollback')
      expect(page.entries).toHaveLength(10)
      expect({ scans: scans - scansBefore, rows: rows - rowsBefore }).toEqual({ scans: 0, rows: 11 })
    },
  )

  test('the last page of a time reads no further than the time', async () => {
    const pages = backstory().entries({ since: '2025-05-18', limit: 1000 })
    let read = 0
    const reading = await explain(async () => {
      for await (const _ of pages) read += 1
    })
    expect(read).toBeGreaterThan(2000)
    expect(reading.hasSequentialScan).toBe(false)
    expect(reading.mostRows).toBeLessThanOrEqual(1001)
  })

  test('the index of time finds the entries whose clock was wrong without reading the log', async () => {
    const [row] = await db.query(`
      explain (analyze, format json)
      select a.id
      from audit_logs a
      where a.id <= ${entryCount / 2} and a."timestamp" >= '2025-05-01' and a."timestamp" < 'infinity'`)
    expect(JSON.stringify(row)).toContain('audit_logs_time')
  })

  test('a count of an actor is read from the index', async () => {
    const reading = await explain(() =>
      backstory().entries({ userId: 'user_7' }).count({ exactUpTo: 100_000 }),
    )
    expect([...reading.indexes]).toContain('audit_logs_user')
    expect(reading.hasSequentialScan).toBe(false)
  })
})

describe('the indexes of an installation', () => {
  let db: TestDatabase
  const read = async (schema = 'public') =>
    (
      await db.query(
        `select indexname from pg_indexes where tablename = 'audit_logs' and schemaname = '${schema}' order by 1`,
      )
    ).map((row) => String(row['indexname']).replace('audit_logs_', ''))
  const always = ['element', 'pkey', 'transaction']

  beforeAll(async () => {
    db = await openPostgres({ template: 'empty' })
  })
  afterAll(() => db.close())

  test('are those that cost next to nothing, unless told otherwise, and stay as they are', async () => {
    const backstory = createBackstory(db.database)
    await backstory.install()
    expect(await read()).toEqual([...always, 'time'].toSorted())
    await backstory.install({ indexes: ['scope'] })
    expect(await read()).toEqual([...always, 'scope'].toSorted())
    await backstory.install()
    await backstory.install({ context: 'required' })
    expect(await read()).toEqual([...always, 'scope'].toSorted())
  })

  test('of time has no summary of pages that are not full yet, which every entry would have to widen', async () => {
    const backstory = createBackstory(db.database)
    await db.run(`insert into audit_logs (element_type, element_id, action) values ('a', '1', 'read')`)
    await backstory.install({ indexes: ['time'] })
    expect(await db.query(`select brin_summarize_new_values('audit_logs_time') as ranges`)).toEqual([
      { ranges: 1 },
    ])
    await backstory.install({ indexes: ['scope'] })
  })

  test('are planned as SQL, and nothing once they are there', async () => {
    const backstory = createBackstory(db.database)
    const indexes: LogIndex[] = ['user', 'changes']
    expect((await backstory.plan({ indexes })).split('\n')).toEqual([
      'create index audit_logs_user on public.audit_logs (user_id, id);',
      'drop index public.audit_logs_scope;',
      'create index audit_logs_changes on public.audit_logs using gin (changes jsonb_path_ops);',
    ])
    await backstory.install({ indexes })
    expect(await backstory.plan({ indexes })).toBe('')
  })

  test('of somebody else on the log are left alone', async () => {
    await db.run('create index audit_logs_own on audit_logs (action)')
    await createBackstory(db.database).install({ indexes: [] })
    expect(await read()).toEqual([...always, 'own'].toSorted())
  })

  test('may be none, and every question still has its answer', async () => {
    const backstory = createBackstory(db.database)
    await backstory.install({ indexes: [] })
    await db.run(`create table plain (id integer primary key); select backstory.track('plain', '{}');
      select backstory.set_context('{"userId": "ada"}');`)
    await db.run(
      `begin; select backstory.set_context('{"userId": "ada"}'); insert into plain values (1); commit`,
    )
    const { entries } = await backstory.entries({
      userId: ['ada', 'bo'],
      elementType: 'plain',
      since: '2020-01-01',
    })
    expect(entries).toHaveLength(1)
  })

  test('are in the schema of the installation', async () => {
    const backstory = createBackstory(db.database, { schema: 'audit' })
    await backstory.install({ indexes: ['time'] })
    await db.run(`insert into audit.audit_logs (element_type, element_id, "timestamp", action)
      values ('a', '1', '2025-01-01Z', 'read'), ('a', '2', '2024-01-01Z', 'read'), ('a', '3', '2025-01-03Z', 'read')`)
    const { entries } = await backstory.entries({ until: '2025-01-02' })
    expect(entries.map(({ elementId }) => elementId)).toEqual(['2', '1'])
    expect(await read('audit')).toEqual([...always, 'time'].toSorted())
  })

  test.each([['users'], 'user', [null], {}])('are refused as %j', async (indexes) => {
    // @ts-expect-error none of these is a list of indexes
    await expect(createBackstory(db.database).install({ indexes })).rejects.toMatchObject({
      code: 'invalid_argument',
    })
  })
})
