import type { Variant } from '../rounds.ts'
import type { Workplace } from '../scenario.ts'
import { documentsTable, longHistory, type LongLog } from './long-log.ts'

/** Draws what is asked for, among what a long log has, and times questions. */
export interface Questioner {
  /** Kind and index of an element. */
  readonly element: () => readonly [string, string]
  /** The same as the log writes it: `["Monsters","aboleth~7"]`. */
  readonly elementId: () => string
  /** Kind and index of an element that is alive. */
  readonly live: () => readonly [string, string]
  /** One that has many entries. */
  readonly longElement: () => readonly [string, string]
  readonly longElementId: () => string
  /** A moment between the first and the last entry. */
  readonly moment: () => string
  /** The moment up to which the log holds such a part of its entries: 0.5 is in its middle. */
  readonly momentAt: (part: number) => string
  /** A moment in the history of the elements that have many entries. */
  readonly longMoment: () => string
  readonly actor: () => string
  readonly transaction: () => string
  /** A variant that asks many times in a round, or as often as is said; gives microseconds a question. */
  readonly timed: (name: string, question: () => PromiseLike<unknown>, times?: number) => Variant
}

/** A questioner for a log; what it draws from is read once, at random. */
export async function createQuestioner(
  { client }: LongLog,
  { writes }: Pick<Workplace, 'writes'>,
): Promise<Questioner> {
  const { rows } = await client.query<Drawn>(`
    select
      a.element_id,
      a.element_id::jsonb ->> 0 as kind,
      a.element_id::jsonb ->> 1 as index,
      a.user_id as actor,
      a.transaction_id::text as transaction,
      a."timestamp"::text as moment
    from public.audit_logs a
    where a.element_type = '${documentsTable}'
    order by hashint8(a.id)
    limit 2000`)
  const { rows: longOnes } = await client.query<Drawn>(`
    select a.element_id, a.element_id::jsonb ->> 0 as kind, a.element_id::jsonb ->> 1 as index, a."timestamp"::text as moment
    from public.audit_logs a
    where a.element_id like '["${longHistory.kind}",%'
    order by hashint8(a.id)`)
  const { rows: moments } = await client.query<Pick<Drawn, 'moment'>>(`
    select a."timestamp"::text as moment
    from generate_series(0, 100) as part
    cross join lateral (
      select a."timestamp"
      from public.audit_logs a
      where a.id >= (select max(id) from public.audit_logs) * part / 100
      order by a.id
      limit 1
    ) as a
    order by part`)
  const { rows: live } = await client.query<Pick<Drawn, 'kind' | 'index'>>(`
    select d.kind, d.index from public.${documentsTable} d order by hashtext(d.index) limit 2000`)
  const usual = rows.filter(({ kind }) => kind !== longHistory.kind)
  const questions = Math.ceil(writes / 5)
  return {
    element: () => keyOf(draw(usual)),
    elementId: () => draw(usual).element_id,
    live: () => keyOf(draw(live)),
    longElement: () => keyOf(draw(longOnes)),
    longElementId: () => draw(longOnes).element_id,
    moment: () => draw(usual).moment,
    momentAt: (part) => moments[Math.round(part * 100)]?.moment ?? draw(usual).moment,
    longMoment: () => draw(longOnes).moment,
    actor: () => draw(usual).actor,
    transaction: () => draw(usual).transaction,
    timed: (name, question, times = questions) => ({
      name,
      run: async () => {
        const start = performance.now()
        for (let asked = 0; asked < times; asked++) await question()
        return ((performance.now() - start) * 1000) / times
      },
    }),
  }
}

interface Drawn {
  readonly element_id: string
  readonly kind: string
  readonly index: string
  readonly actor: string
  readonly transaction: string
  readonly moment: string
}

function keyOf({ kind, index }: Pick<Drawn, 'kind' | 'index'>): readonly [string, string] {
  return [kind, index]
}

function draw<One>(drawn: readonly One[]): One {
  const one = drawn[Math.floor(Math.random() * drawn.length)]
  if (one === undefined) throw new Error('The log has nothing to ask for.')
  return one
}
