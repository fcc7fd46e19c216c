import { createBackstory, type Backstory } from 'backstory'
import type pg from 'pg'

import { openClient, openPool } from '../databases.ts'
import { runRounds } from '../rounds.ts'
import type { Scenario } from '../scenario.ts'

const database = 'snapshots'
const elements = 10
const tables = ['plain_documents', 'kept_documents'] as const

/** Elements with long histories: their states and their writes, with snapshots every so many entries and without. */
export const snapshots: Scenario = {
  name: 'snapshots',
  run: async function* ({ databases, quick, rounds, writes }) {
    const [entries, every] = quick ? [100, 20] : [2000, 100]
    const connection = await databases.create(database)
    const client = await openClient(connection)
    const pool = openPool(connection)
    try {
      const backstory = createBackstory(pool)
      await prepare(client, backstory, { entries, every })
      const asked = Math.ceil(writes / 20)
      const timed = async (times: number, act: (table: string, element: string) => Promise<unknown>) =>
        runRounds(
          tables.map((table) => ({
            name: table === 'plain_documents' ? 'without snapshots' : `a snapshot every ${every} entries`,
            run: async () => {
              const start = performance.now()
              for (let done = 0; done < times; done++) await act(table, String(1 + (done % elements)))
              return ((performance.now() - start) * 1000) / times
            },
          })),
          rounds,
        )
      const moments = await readMoments(client)
      yield {
        title: `An element with ${entries.toLocaleString('en')} entries at a random moment`,
        unit: 'µs a question',
        results: await timed(asked, (table, element) => backstory.element(table, element).at(draw(moments))),
        goals: [],
      }
      yield {
        title: `Update of one nested key of such an element`,
        unit: 'µs a write',
        results: await timed(writes, (table, element) =>
          client.query({ name: table, text: updateOf(table), values: [element] }),
        ),
        goals: [],
      }
    } finally {
      await pool.end()
      await client.end()
      await databases.drop(database)
    }
  },
}

// both tables are written in turns, so that a moment is one of either
async function prepare(
  client: pg.Client,
  backstory: Backstory<pg.Pool>,
  { entries, every }: { readonly entries: number; readonly every: number },
): Promise<void> {
  await backstory.install()
  for (const table of tables) {
    await client.query(`create table public.${table} (id integer primary key, doc jsonb not null)`)
    await backstory.track(table, table === 'kept_documents' ? { snapshotEvery: every } : {})
    await client.query(`
      insert into public.${table}
      select n, jsonb_build_object('rank', 0, 'notes', repeat(md5(n::text), 30))
      from generate_series(1, ${elements}) n`)
  }
  await client.query(`
    do $block$
    begin
      for n in 1..${entries} loop
        ${tables.map((table) => `update public.${table} set doc = jsonb_set(doc, '{rank}', to_jsonb(n));`).join('\n')}
        commit;
      end loop;
    end
    $block$`)
  await client.query('vacuum analyze')
}

async function readMoments(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ moment: string }>(
    'select "timestamp"::text as moment from public.audit_logs order by hashint8(id) limit 500',
  )
  return rows.map(({ moment }) => moment)
}

function draw(moments: readonly string[]): string {
  return moments[Math.floor(Math.random() * moments.length)] ?? 'now'
}

function updateOf(table: string): string {
  return `update public.${table} set doc = jsonb_set(doc, '{rank}', to_jsonb((doc ->> 'rank')::integer + 1)) where id = $1`
}
