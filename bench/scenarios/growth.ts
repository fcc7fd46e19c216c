import { createBackstory } from 'backstory'

import { openPool } from '../databases.ts'
import { createLongLog, documentsTable, typeAtMoment, type LongLog } from '../history/long-log.ts'
import { createQuestioner, type Questioner } from '../history/questioner.ts'
import { runRounds } from '../rounds.ts'
import type { Finding, Scenario, Workplace } from '../scenario.ts'

/** What is done to every log: one write, and the main questions. */
interface Deed {
  readonly title: string
  readonly unit: string
  readonly act: (asked: Asked) => () => PromiseLike<unknown>
  /** How often in a round; many times unless it is said. */
  readonly times?: number
}

/** A log and what it is asked through. */
interface Asked {
  readonly log: LongLog
  readonly ask: Questioner
  readonly backstory: ReturnType<typeof createBackstory>
}

const deeds: readonly Deed[] = [
  {
    title: 'Update of one nested key of a document',
    unit: 'µs a write',
    act:
      ({ log, ask }) =>
      () =>
        log.client.query({
          name: 'set_bench',
          text: `
            update public.${documentsTable}
            set doc = jsonb_set(doc, '{bench}', to_jsonb($3::integer))
            where kind = $1 and index = $2`,
          values: [...ask.live(), Math.floor(Math.random() * 1e9)],
        }),
  },
  {
    title: 'The newest 10 entries of an element',
    unit: 'µs a question',
    act:
      ({ ask, backstory }) =>
      () =>
        backstory.element(documentsTable, ask.element()).entries({ limit: 10 }),
  },
  {
    title: 'An element at a random moment',
    unit: 'µs a question',
    act:
      ({ ask, backstory }) =>
      () =>
        backstory.element(documentsTable, ask.element()).at(ask.moment()),
  },
  {
    title: 'The newest 50 entries of an actor',
    unit: 'µs a question',
    act:
      ({ ask, backstory }) =>
      () =>
        backstory.entries({ userId: ask.actor() }),
  },
  {
    title: 'The newest 50 entries of a type before a random moment',
    unit: 'µs a question',
    act:
      ({ ask, backstory }) =>
      () =>
        backstory.entries({ elementType: documentsTable, until: ask.moment() }),
  },
  {
    title: 'The newest 50 entries of a transaction',
    unit: 'µs a question',
    act:
      ({ ask, backstory }) =>
      () =>
        backstory.entries({ transactionId: ask.transaction() }),
  },
  {
    title: 'All elements of a type at a random moment, computed by the server',
    unit: 'µs a question',
    act:
      ({ log, ask }) =>
      () =>
        log.client.query(typeAtMoment, [ask.moment()]),
    times: 1,
  },
]

/** The same write and the same questions on logs of which each is ten times as long as the one before. */
export const growth: Scenario = {
  name: 'growth',
  run: async function* (workplace) {
    const made: (Asked & { readonly close: () => Promise<void> })[] = []
    try {
      for (const part of [100, 10, 1]) {
        const log = await createLongLog(workplace, `growth_${part}`, Math.ceil(workplace.largestLog / part))
        const pool = openPool(log.connection)
        const ask = await createQuestioner(log, workplace)
        made.push({
          log,
          ask,
          backstory: createBackstory(pool),
          close: async () => {
            await pool.end()
            await log.drop()
          },
        })
      }
      for (const deed of deeds) yield await measure(workplace, made, deed)
    } finally {
      for (const { close } of made) await close()
    }
  },
}

async function measure({ rounds }: Workplace, made: readonly Asked[], deed: Deed): Promise<Finding> {
  return {
    title: `${deed.title}, by the length of the log`,
    unit: deed.unit,
    results: await runRounds(
      made.map((asked) =>
        asked.ask.timed(`${asked.log.entries.toLocaleString('en')} entries`, deed.act(asked), deed.times),
      ),
      rounds,
    ),
    goals: [],
  }
}
