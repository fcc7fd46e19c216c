import { parseArgs } from 'node:util'

/** What `npm run bench` was asked for. */
export interface Options {
  /** Which scenarios; none: all of them. */
  readonly names: readonly string[]
  /** Tiny sizes and two rounds: proves that everything runs, says nothing about speed. */
  readonly quick: boolean
  readonly databaseUrl: string | undefined
  /** A folder with checkouts of peers in PostgreSQL, each under the name of its repository. */
  readonly peers: string | undefined
  /** A folder in whose `node_modules` peers in Node and their ORMs are. */
  readonly nodePeers: string | undefined
  readonly rounds: number | undefined
  /** How many writes a variant does in a round; questions are a fifth of it. */
  readonly writes: number | undefined
  /** A file of edits, as `npm run replay` takes it. */
  readonly historyFile: string | undefined
  /** How many entries the longest log has that is made. */
  readonly largestLog: number | undefined
}

/** How the bench is used, for an error and for `--help`. */
export const usage = `npm run bench -- [NAME …] [option …]

  --quick              tiny sizes, to see that everything runs; its figures mean nothing
  --rounds N           how many rounds count (default 9; 1 with --quick)
  --writes N           how many writes a variant does in a round (default 1000; 20 with --quick)
  --database-url URL   a server to create databases on, as a superuser; default: one from npm, started for this run
  --peers DIR          checkouts of supa_audit, audit-trigger, pgMemento, logidze, carbonite
  --node-peers DIR     a folder with typeorm-auditing, sequelize-paper-trail, @usebetterdev/audit installed
  --history FILE       edits as \`npm run replay\` takes them, the shape of the long logs; default: drawn by a rule
  --largest-log N      entries of the longest log (default 1000000; 8000 with --quick); 10000000 takes some 10 GB`

/**
 * Reads the command line.
 *
 * @throws Error naming the option or scenario that is not known
 */
export function parseOptions(argv: readonly string[], known: readonly string[]): Options {
  const { values, positionals: names } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      writes: { type: 'string' },
      'database-url': { type: 'string' },
      peers: { type: 'string' },
      'node-peers': { type: 'string' },
      history: { type: 'string' },
      'largest-log': { type: 'string' },
    },
  })
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw new Error(`There is no scenario "${unknown}". There are ${known.join(', ')}.`)
  }
  return {
    names,
    quick: values.quick,
    databaseUrl: values['database-url'],
    peers: values.peers,
    nodePeers: values['node-peers'],
    historyFile: values.history,
    rounds: parseCount('--rounds', values.rounds),
    writes: parseCount('--writes', values.writes),
    largestLog: parseCount('--largest-log', values['largest-log']),
  }
}

function parseCount(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const count = Number(text)
  if (Number.isSafeInteger(count) && count > 0) return count
  throw new Error(`${option} takes a whole number above 0; it is ${text}.`)
}
