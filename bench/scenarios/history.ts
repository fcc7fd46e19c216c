import { createBackstory, formatJson, type Backstory } from 'backstory'
import type pg from 'pg'

import { openPool } from '../databases.ts'
import {
  createLongLog,
  documentsTable,
  longHistory,
  typeAtMoment,
  type LongLog,
} from '../history/long-log.ts'
import { createQuestioner, type Questioner } from '../history/questioner.ts'
import { createRivalTables, rivalQuestions } from '../history/rival-tables.ts'
import { runRounds, withFacts, type Variant } from '../rounds.ts'
import { atMost, type Finding, type Scenario, type Workplace } from '../scenario.ts'

/**
 * Questions to a long log, from Node, each beside the same question to a temporal table of whole rows and to a log of
 * whole images; those about one element beside the lookup of one row by its primary key.
 */
export const history: Scenario = {
  name: 'history',
  run: async function* (workplace) {
    const log = await createLongLog(workplace, 'history', Math.min(workplace.largestLog, 1_000_000))
    const pool = openPool(log.connection)
    try {
      await createRivalTables(log)
      const ask = await createQuestioner(log, workplace)
      await checkAgreement(pool, createBackstory(pool), ask)
      yield* measure(workplace, log, { ask, pool, backstory: createBackstory(pool) })
    } finally {
      await pool.end()
      await log.drop()
    }
  },
}

interface Setting {
  readonly ask: Questioner
  readonly pool: pg.Pool
  readonly backstory: Backstory<pg.Pool>
}

async function* measure(
  workplace: Workplace,
  { entries, elements, shape }: LongLog,
  { ask, pool, backstory }: Setting,
): AsyncGenerator<Finding> {
  const { versions, generic } = rivalQuestions
  const element = () => backstory.element(documentsTable, ask.element())
  const long = () => backstory.element(documentsTable, ask.longElement())
  const compare = async (title: string, variants: readonly Variant[]): Promise<Finding> => ({
    title: `${title} (${entries.toLocaleString('en')} entries of ${elements.toLocaleString('en')} elements)`,
    unit: 'µs a question',
    results: await runRounds(variants, workplace.rounds),
    goals: [],
    notes: [shape],
  })
  // of one that is there: most of those that the log knows are gone, and finding nothing is quicker
  const lookup = ask.timed('one row by primary key', () =>
    pool.query(`select * from public.${documentsTable} where kind = $1 and index = $2`, [...ask.live()]),
  )

  const page = await compare('The newest 10 entries of an element', [
    lookup,
    ask.timed('Backstory', () => element().entries({ limit: 10 })),
    ask.timed('temporal table', () => pool.query(versions.page, [...ask.element()])),
    ask.timed('generic log', () => pool.query(generic.page, [ask.elementId()])),
  ])
  yield {
    ...page,
    goals: atMost(page.results, 'Backstory', 'ratio', 3, 'at most 3 times the lookup of one row'),
  }

  yield await compare('An element at a random moment', [
    lookup,
    ask.timed('Backstory', () => element().at(ask.moment())),
    ask.timed('temporal table', () => pool.query(versions.at, [...ask.element(), ask.moment()])),
    ask.timed('generic log', () => pool.query(generic.at, [ask.elementId(), ask.moment()])),
    ask.timed('Backstory, who set each leaf now', () => element().blame()),
  ])

  const at = await compare(`An element with ${longHistory.entries} entries, right after one of them`, [
    lookup,
    ask.timed('Backstory', () => long().at(ask.longMoment())),
    ask.timed('temporal table', () => pool.query(versions.at, [...ask.longElement(), ask.longMoment()])),
    ask.timed('generic log', () => pool.query(generic.at, [ask.longElementId(), ask.longMoment()])),
  ])
  yield { ...at, goals: atMost(at.results, 'Backstory', 'median', 5000, 'at most 5 ms (5,000 µs)') }

  yield await compare('The newest 50 entries of an actor', [
    ask.timed('Backstory', () => backstory.entries({ userId: ask.actor() })),
    ask.timed('temporal table', () => pool.query(versions.actor, [ask.actor()])),
    ask.timed('generic log', () => pool.query(generic.actor, [ask.actor()])),
  ])

  const weighed = (text: string) => `select count(*), sum(pg_column_size(t.*)) from (${text}) as t`
  const whole = await compare('All elements of the type at a random moment, computed by the server', [
    ask.timed('Backstory', () => pool.query(typeAtMoment, [ask.moment()]), 1),
    ask.timed('temporal table', () => pool.query(weighed(versions.typeAt), [ask.moment()]), 1),
    ask.timed('generic log', () => pool.query(weighed(generic.typeAt), [ask.moment()]), 1),
  ])
  yield {
    ...withRange(whole),
    goals: atMost(whole.results, 'Backstory', 'median', 2e6, 'at most 2 s (2,000,000 µs)'),
  }

  const parts = { 'near the beginning': 0.05, 'in the middle': 0.5, 'near the end': 0.95 }
  const along = await compare(
    'All elements of the type at moments along the log, computed by the server',
    Object.entries(parts).map(([name, part]) =>
      ask.timed(name, () => pool.query(typeAtMoment, [ask.momentAt(part)]), 1),
    ),
  )
  yield withRange(along)

  const inNode = await compare('All elements of the type at a random moment, in Node', [
    ask.timed('Backstory', () => countAll(backstory.type(documentsTable).at(ask.moment())), 1),
    ask.timed('temporal table', () => pool.query(versions.typeAt, [ask.moment()]), 1),
    ask.timed('generic log', () => pool.query(generic.typeAt, [ask.moment()]), 1),
  ])
  yield withRange(inNode)
}

// moments differ by what there was then, and the median alone does not say how much
function withRange(finding: Finding): Finding {
  return {
    ...finding,
    results: withFacts(finding.results, ({ range }) => ({
      'from – to, s': range.map((microseconds) => (microseconds / 1e6).toFixed(2)).join(' – '),
    })),
  }
}

async function countAll(states: AsyncIterable<unknown>): Promise<number> {
  let count = 0
  for await (const _ of states) count += 1
  return count
}

// a figure says nothing if the answers are not the same
async function checkAgreement(pool: pg.Pool, backstory: Backstory<pg.Pool>, ask: Questioner): Promise<void> {
  for (let checked = 0; checked < 20; checked++) {
    const [element, moment] =
      checked % 2 === 0 ? [ask.element(), ask.moment()] : [ask.longElement(), ask.longMoment()]
    const state = await backstory.element(documentsTable, element).at(moment)
    const { rows } = await pool.query<{ same: boolean }>(
      `select
         (select v.doc from (${rivalQuestions.versions.at}) as v) is not distinct from $4::jsonb -> 'doc'
         and (select g.new_row from (${rivalQuestions.generic.at.replaceAll('$2', '$3').replaceAll('$1', '$5')}) as g)
           is not distinct from $4::jsonb as same`,
      [...element, moment, state === null ? null : formatJson(state), JSON.stringify(element)],
    )
    if (rows[0]?.same !== true) throw new Error(`The answers differ for ${element.join(' ')} at ${moment}.`)
  }
  const moment = ask.moment()
  const states = await countAll(backstory.type(documentsTable).at(moment))
  const { rowCount } = await pool.query(rivalQuestions.versions.typeAt, [moment])
  if (states !== rowCount) throw new Error(`At ${moment} there were ${states} elements, or ${rowCount}.`)
}
