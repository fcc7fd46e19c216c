import { runRounds } from '../rounds.ts'
import { atMost, type Scenario } from '../scenario.ts'
import { elementId, rowCount } from '../world-elements.ts'

const entriesPerElement = 50

/** Questions to the history of one element, from Node, against the lookup of one row by its primary key. */
export const history: Scenario = {
  name: 'history',
  run: async ({ client, backstory, rounds, writes }) => {
    await client.query(`
      insert into public.audit_logs (element_type, element_id, user_id, action, changes)
      select
        'backstory_elements', md5(e::text)::uuid::text, 'user ' || n % 7, 'update',
        jsonb_build_object('before', jsonb_build_object('rank', e + n - 1), 'after', jsonb_build_object('rank', e + n))
      from generate_series(1, ${entriesPerElement}) n, generate_series(1, ${rowCount}) e`)
    await client.query('vacuum analyze public.audit_logs')
    const element = () => {
      const id = elementId(1 + Math.floor(Math.random() * rowCount))
      return backstory.element('backstory_elements', id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'))
    }
    const questions = Math.ceil(writes / 10)
    const timed = (name: string, ask: () => PromiseLike<unknown>) => ({
      name,
      run: async () => {
        const start = performance.now()
        for (let asked = 0; asked < questions; asked++) await ask()
        return ((performance.now() - start) * 1000) / questions
      },
    })
    const results = await runRounds(
      [
        timed('one row by primary key', () =>
          client.query('select * from backstory_elements where id = $1::uuid', [element().elementId]),
        ),
        timed('newest 10 entries', () => element().entries({ limit: 10 })),
        timed('newest 50 entries', () => element().entries()),
        timed('state of a minute ahead', () => element().at(new Date(Date.now() + 60_000))),
        timed('blame', () => element().blame()),
      ],
      rounds,
    )
    return [
      {
        title: `Questions to ${entriesPerElement * rowCount} entries of ${rowCount} elements, from Node`,
        unit: 'µs a question',
        results,
        goals: [
          atMost(results, 'newest 10 entries', 'ratio', 3, 'a page at most 3 times the lookup of one row'),
          atMost(results, 'state of a minute ahead', 'median', 5000, 'a state at most 5 ms'),
        ],
      },
    ]
  },
}
