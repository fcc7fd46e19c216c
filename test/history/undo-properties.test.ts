import fc from 'fast-check'
import { expect, test } from 'vitest'

import { createBackstory, type Entry } from '../../src/index.ts'
import { describeOnPostgresAndPglite, openPostgres } from '../support/database.ts'

type Write =
  | { readonly kind: 'world' | 'element'; readonly id: number; readonly parent: number; readonly doc: string }
  | { readonly kind: 'rename'; readonly id: number; readonly doc: string }
  | { readonly kind: 'move'; readonly id: number; readonly parent: number }
  | { readonly kind: 'rekey'; readonly id: number; readonly to: number }
  | { readonly kind: 'drop world' | 'drop element'; readonly id: number }

const id = fc.integer({ min: 1, max: 4 })
const key = fc.constantFrom('a', 'b', '__proto__', "it's", '')
const { document } = fc.letrec((tie) => ({
  document: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, 0, 1, 'x', '', true),
    fc.array(tie('document'), { maxLength: 2 }),
    fc.dictionary(key, tie('document'), { maxKeys: 3 }),
  ),
}))
const doc = document.map((value) => JSON.stringify(value))
const write: fc.Arbitrary<Write> = fc.oneof(
  fc.record({ kind: fc.constantFrom('world', 'element'), id, parent: id, doc }),
  fc.record({ kind: fc.constant('rename'), id, doc }),
  fc.record({ kind: fc.constant('move'), id, parent: id }),
  fc.record({ kind: fc.constant('rekey'), id, to: id }),
  fc.record({ kind: fc.constantFrom('drop world', 'drop element'), id }),
)
const history = fc.array(fc.array(write, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 10 })

describeOnPostgresAndPglite('a random history', (db) => {
  const backstory = () => createBackstory(db().database)

  async function prepare(): Promise<void> {
    await db().run(`
      drop table if exists elements, worlds;
      create table worlds (id integer primary key, doc jsonb, favourite integer);
      create table elements (
        id integer primary key,
        world integer not null references worlds on update cascade on delete cascade,
        parent integer references elements on update cascade on delete set null,
        doc jsonb
      );
      alter table worlds add foreign key (favourite) references elements on update cascade on delete set null;`)
    await backstory().track('worlds')
    await backstory().track('elements')
  }

  async function state(): Promise<string> {
    const found = await db().query(`
      select
        (select jsonb_agg(w order by w.id) from worlds w)::text as worlds,
        (select jsonb_agg(e order by e.id) from elements e)::text as elements`)
    return JSON.stringify(found)
  }

  // each is a transaction; what the database refuses is not in the history
  async function perform(writes: readonly Write[]): Promise<void> {
    await db().session(async (session) => {
      await session.run('begin')
      for (const one of writes) {
        await session.run('savepoint one')
        await session.query(...statementOf(one)).catch(() => session.run('rollback to one'))
      }
      await session.run('commit')
    })
  }

  async function everyEntry(): Promise<readonly Entry[]> {
    const entries: Entry[] = []
    for await (const entry of backstory().entries()) entries.push(entry)
    return entries
  }

  test('undone transaction by transaction, backward, leads through every state to the empty world', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (transactions) => {
        await prepare()
        const from = (await everyEntry())[0]?.id ?? '0'
        const states: string[] = []
        for (const writes of transactions) {
          const before = await state()
          await perform(writes)
          if ((await state()) !== before) states.push(before)
        }
        const last = await state()
        const written = (await everyEntry()).filter((entry) => BigInt(entry.id) > BigInt(from))
        const ids = [...new Set(written.map(({ transactionId }) => transactionId))]
        for (const transactionId of ids) {
          const before = await state()
          const { changes } = await backstory().undo({ transactionId })
          if (changes.length > 0) expect(await state()).toBe(states.pop())
          else expect(await state()).toBe(before)
        }
        expect(states).toEqual([])
        // and forward again: what undid is undone, newest first
        const undone = (await everyEntry()).filter(
          (entry) => BigInt(entry.id) > BigInt(written[0]?.id ?? from),
        )
        for (const transactionId of new Set(undone.map((entry) => entry.transactionId))) {
          await backstory().undo({ transactionId })
        }
        expect(await state()).toBe(last)
      }),
      { numRuns: 8, seed: 20_261_123 },
    )
  })

  test('undone entry by entry, backward, leads to the empty table', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(doc, { minLength: 1, maxLength: 8 }), async (documents) => {
        await prepare()
        const from = (await everyEntry())[0]?.id ?? '0'
        await db().query('insert into worlds values (1, $1::jsonb)', [documents[0] ?? null])
        for (const text of documents) await db().query('update worlds set doc = $1::jsonb', [text])
        const entries = (await everyEntry()).filter((entry) => BigInt(entry.id) > BigInt(from))
        for (const entry of entries) {
          const before = await backstory().element('worlds', 1).at(entry)
          expect(
            JSON.stringify(
              await backstory()
                .element('worlds', 1)
                .at(new Date(Date.now() + 9e6)),
            ),
          ).toBe(JSON.stringify(before))
          await backstory().undo({ entry })
        }
        expect(await db().query('select id from worlds')).toEqual([])
      }),
      { numRuns: 6, seed: 20_261_123 },
    )
  })
})

function statementOf(one: Write): [string, unknown[]] {
  switch (one.kind) {
    case 'world':
      return ['insert into worlds values ($1, $2::jsonb, null)', [one.id, one.doc]]
    case 'element':
      return [
        `insert into elements values ($1, $2, (select min(id) from elements), $3::jsonb)`,
        [one.id, one.parent, one.doc],
      ]
    case 'rename':
      return ['update elements set doc = $2::jsonb where id >= $1', [one.id, one.doc]]
    case 'move':
      return [
        `with w as (update worlds set favourite = $1 where id = $2 returning 1) update elements set parent = $1 where id = $2`,
        [one.id, one.parent],
      ]
    case 'rekey':
      return ['update elements set id = $2 where id = $1', [one.id, one.to]]
    case 'drop world':
      return ['delete from worlds where id = $1', [one.id]]
    case 'drop element':
      return ['delete from elements where id = $1', [one.id]]
  }
}

test('two who undo the same at once undo it once, and lock nobody out', async () => {
  const db = await openPostgres()
  try {
    const backstory = createBackstory(db.database)
    await db.run('create table shared (id integer primary key, n integer)')
    await backstory.track('shared')
    await db.run('insert into shared select n, 0 from generate_series(1, 40) n')
    await db.run('update shared set n = 1')
    await db.run('delete from shared where id > 20')
    const [deletion, , update] = await transactionsOf(backstory)
    const twice = await Promise.all([
      backstory.undo({ transactionId: deletion ?? '' }),
      backstory.undo({ transactionId: deletion ?? '' }),
      backstory.undo({ transactionId: deletion ?? '' }),
    ])
    expect(twice.map(({ changes }) => changes.length).toSorted()).toEqual([0, 0, 20])
    const updates = (await backstory.entries({ action: 'update', limit: 1 })).entries[0]?.transactionId ?? ''
    const again = await Promise.all([
      backstory.undo({ transactionId: updates }),
      backstory.undo({ transactionId: updates }),
    ])
    expect(again.map(({ changes }) => changes.length).toSorted()).toEqual([0, 40])
    expect(await db.query('select count(*)::integer as rows, sum(n)::integer as sum from shared')).toEqual([
      { rows: 40, sum: 0 },
    ])
    expect(update).not.toBe('')
  } finally {
    await db.close()
  }
})

test('a write that comes between is seen: undoing waits for it and then refuses', async () => {
  const db = await openPostgres()
  try {
    const backstory = createBackstory(db.database)
    await db.run('create table raced (id integer primary key, a integer, b integer)')
    await backstory.track('raced')
    await db.run('insert into raced values (1, 0, 0)')
    await db.run('update raced set a = 1')
    const [update] = (await backstory.entries({ limit: 1 })).entries
    await db.session(async (session) => {
      await session.run('begin')
      await session.run('update raced set a = 2')
      const undoing = backstory.undo({ entry: update?.id ?? '' }).catch((error: unknown) => error)
      for (;;) {
        const waiting = await db.query(`select 1 from pg_locks where not granted`)
        if (waiting.length > 0) break
      }
      await session.run('commit')
      expect(await undoing).toMatchObject({ code: 'undo_conflict' })
    })
    expect(await db.query('select a, b from raced')).toEqual([{ a: 2, b: 0 }])
  } finally {
    await db.close()
  }
})

async function transactionsOf(backstory: ReturnType<typeof createBackstory>): Promise<readonly string[]> {
  const ids: string[] = []
  for await (const { transactionId } of backstory.entries()) ids.push(transactionId)
  return [...new Set(ids)]
}
