import { hashText } from '../../core/hash-text.ts'
import { ownProcess } from '../carry-context.ts'
import type { Row, Statement } from '../client.ts'
import { ignore, types, type PgPool, type PgPoolClient } from './pg-pool.ts'

/** A connection of a pool, and the texts that were parsed on it. */
interface Link {
  kind: 'new' | 'unknown' | 'direct' | 'nameless'
  readonly texts: Set<string>
}

const links = new WeakMap<PgPoolClient, Link>()

/**
 * Sends a statement under a name where the connection leads straight to the server, so that it is parsed and planned once;
 * a pooler may change servers in between, which know nothing of the name. Which it is, is asked with the second statement:
 * a connection that is used once pays for nothing.
 */
export async function queryFrequent(pool: PgPool, statement: Statement): Promise<readonly Row[]> {
  const connection = await pool.connect()
  let failure: Error | boolean | undefined
  connection.on('error', ignore)
  try {
    return await queryNamed(connection, statement)
  } catch (error) {
    // as a pool's own query does: nobody knows what state it is in
    failure = error instanceof Error ? error : true
    throw error
  } finally {
    connection.off('error', ignore)
    connection.release(failure)
  }
}

async function queryNamed(connection: PgPoolClient, { text, values }: Statement): Promise<readonly Row[]> {
  const link = links.get(connection) ?? { kind: 'new', texts: new Set() }
  links.set(connection, link)
  const isNamed = (await isDirect(connection, link)) && mayBeNamed(link, text)
  // the name says what the text is: under another name for each, a server could run one in place of another
  const name = isNamed ? { name: `backstory.${hashText(text)}` } : {}
  const ask = (named: { readonly name?: string }) =>
    connection.query({ ...named, text, values: [...values], types })
  const { rows } = await ask(name).catch((error: unknown) => {
    if (!isNamed || !isAboutName(error)) throw error
    link.kind = 'nameless'
    return ask({})
  })
  return rows
}

async function isDirect(connection: PgPoolClient, link: Link): Promise<boolean> {
  if (link.kind === 'new') link.kind = 'unknown'
  else if (link.kind === 'unknown') {
    const { rows } = await connection.query({ text: `${ownProcess} as process`, types })
    // poolers make up a number of their own
    link.kind = Number(rows[0]?.['process']) === connection.processID ? 'direct' : 'nameless'
  }
  return link.kind === 'direct'
}

// the server keeps what has a name as long as the connection lasts
const mostNames = 32

function mayBeNamed({ texts }: Link, text: string): boolean {
  if (texts.size < mostNames) texts.add(text)
  return texts.has(text)
}

// Somebody made the server forget names (invalid_sql_statement_name), or it has this one from somebody else
// (duplicate_prepared_statement), or the function was replaced by one that answers otherwise.
function isAboutName(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code: unknown = Reflect.get(error, 'code')
  return (
    code === '26000' ||
    code === '42P05' ||
    (code === '0A000' && error.message === 'cached plan must not change result type')
  )
}
