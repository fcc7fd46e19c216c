import pg from 'pg'

/** The databases of one run, on one server. All of them are dropped at its end, however it ends. */
export interface Databases {
  /** Creates a database, empty or as a copy of another one of this run. @throws Error once all were dropped */
  readonly create: (name: string, template?: string) => Promise<pg.ClientConfig>
  readonly drop: (name: string) => Promise<void>
  readonly dropAll: () => Promise<void>
  /** The extensions that this server can create. */
  readonly extensions: ReadonlySet<string>
}

/** Opens a connection whose end, when its database is dropped under it, is nobody's error. */
export async function openClient(connection: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(connection)
  client.on('error', () => {})
  await client.connect()
  return client
}

/** The same as a pool of one connection. */
export function openPool(connection: pg.ClientConfig): pg.Pool {
  const pool = new pg.Pool({ ...connection, max: 1 })
  pool.on('error', () => {})
  return pool
}

/** The databases that a run makes on a server, as the superuser of `connection`. */
export async function manageDatabases(connection: pg.ClientConfig): Promise<Databases> {
  const prefix = `backstory_bench_${process.pid}`
  const made = new Set<string>()
  let closed = false
  const { rows } = await onServer<{ name: string }>(connection, 'select name from pg_available_extensions')
  const drop = async (name: string) => {
    await onServer(connection, `drop database if exists "${prefix}_${name}" with (force)`)
    made.delete(name)
  }
  return {
    extensions: new Set(rows.map(({ name }) => name)),
    create: async (name, template) => {
      if (closed) throw new Error('The run is at its end.')
      made.add(name)
      await onServer(
        connection,
        `create database "${prefix}_${name}" ${template === undefined ? '' : `template "${prefix}_${template}"`}`,
      )
      return { ...connection, database: `${prefix}_${name}` }
    },
    drop,
    dropAll: async () => {
      closed = true
      // the work that is cut off drops some of them itself, at the same time
      for (const name of made) await drop(name).catch(() => drop(name))
    },
  }
}

async function onServer<Row extends pg.QueryResultRow>(
  connection: pg.ClientConfig,
  text: string,
): Promise<pg.QueryResult<Row>> {
  const client = await openClient(connection)
  try {
    return await client.query<Row>(text)
  } finally {
    await client.end()
  }
}
