import { splitStatements, type BackslashMeaning } from './split-statements.ts'
import { statementKind, type StatementKind } from './statement-kind.ts'

/** Where a connection stands with its transaction, and whose context the server has in force there. */
export interface Standing {
  /** `idle`: every statement is a transaction of its own. `failed`: nothing runs until the transaction is rolled back. */
  readonly block: 'idle' | 'open' | 'failed'
  /** The context that our riders have put in force in this transaction; `''` is none, undefined is not known. */
  readonly inForce: string | undefined
  /** Whether any rider has run in this transaction: what is in force may be ours. */
  readonly touched: boolean
  /** Reads carry the context too, once, until the transaction ends: `backstory.transaction` asks for it. */
  readonly eager?: boolean
}

/** A connection that stands outside of any transaction. */
export const idle: Standing = { block: 'idle', inForce: '', touched: false }

/** A connection on which a transaction was just opened. */
export const opened: Standing = { block: 'open', inForce: '', touched: false }

/** Where riders must be put into a text, and how the connection will stand after it, if nothing fails. */
export interface RiderPlan {
  /** Places in the text, each the beginning of a statement, before which a rider goes. Mostly none or one. */
  readonly places: readonly number[]
  readonly standing: Standing
}

/** The text to be sent, and what is known about how it travels. */
export interface Message {
  readonly text: string
  /** `many`: a simple query, whose text may hold several statements; they share one implicit transaction. */
  readonly statements: 'one' | 'many'
  readonly backslash?: BackslashMeaning
}

/**
 * Decides which statements of a message carry `context`, so that every write is recorded under it, no read takes
 * a byte more, and nothing is sent that is in force already:
 *
 * - outside of a transaction, writes carry a context if there is one;
 * - in a transaction, the first statement carries it that is neither a read nor about the transaction itself, and
 *   again the first after the context changed, went away, or may have been rewound;
 * - a read carries one only where a different one is in force: the function that it calls may write.
 *
 * Pure: what the server answers is told with `standingAfter`.
 */
export function planRiders(message: Message, context: string, standing: Standing): RiderPlan {
  const statements =
    message.statements === 'many' && message.text.includes(';')
      ? splitStatements(message.text, message.backslash)
      : [{ start: 0, text: message.text }]
  if (statements === undefined) return planUnsplit(message.text, context, standing)
  const places: number[] = []
  let now = standing
  for (const statement of statements) {
    const kind = statementKind(statement.text)
    if (mustCarry(kind, context, now)) {
      places.push(statement.start)
      now = { ...now, inForce: context, touched: true }
    }
    now = after(kind, now)
  }
  return { places, standing: now.block === 'idle' ? idle : now }
}

/** How a connection stands once the server has said so, in ReadyForQuery: I, T or E. */
export function standingAfter(status: string, predicted: Standing): Standing {
  if (status === 'I') return idle
  if (status === 'E') return { ...predicted, block: 'failed', inForce: rewound(predicted) }
  if (predicted.block === 'open') return predicted
  return { ...predicted, block: 'open', inForce: rewound(predicted) }
}

/** How a connection stands after a rollback to a savepoint: what was in force at the savepoint is so again. */
export function rewind(standing: Standing): Standing {
  return { ...standing, inForce: rewound(standing) }
}

// A text whose statements cannot be told apart is taken for one: nothing may be inserted but at its very beginning,
// and anything may have happened to the transaction inside.
function planUnsplit(text: string, context: string, standing: Standing): RiderPlan {
  const kind = statementKind(text)
  const carries = mustCarry(kind === 'read' ? 'write' : kind, context, standing)
  const now = carries ? { ...standing, inForce: context, touched: true } : standing
  const next = after(kind, now)
  return {
    places: carries ? [0] : [],
    standing: next.block === 'idle' ? idle : { ...next, inForce: rewound(next) },
  }
}

function mustCarry(kind: StatementKind, context: string, standing: Standing): boolean {
  if (standing.block === 'failed') return false
  const differs = context === '' ? standing.touched && standing.inForce !== '' : standing.inForce !== context
  switch (kind) {
    case 'write':
      return differs
    case 'other':
      return differs && standing.block === 'open'
    case 'read':
      return differs && standing.block === 'open' && (standing.touched || standing.eager === true)
    case 'neutral':
    case 'begin':
    case 'end':
    case 'end and chain':
    case 'rollback to':
    case 'reset':
      return false
  }
}

function after(kind: StatementKind, standing: Standing): Standing {
  switch (kind) {
    case 'begin':
      // what ran before it in the same message joins the transaction, the rider included
      return standing.block === 'idle' ? { ...standing, block: 'open' } : standing
    case 'end':
      return idle
    case 'end and chain':
      return standing.block === 'idle' ? idle : opened
    case 'rollback to':
      return standing.block === 'idle' ? standing : { ...standing, block: 'open', inForce: rewound(standing) }
    case 'reset':
      return { ...standing, inForce: rewound(standing) }
    case 'write':
    case 'read':
    case 'other':
    case 'neutral':
      return standing
  }
}

function rewound(standing: Standing): string | undefined {
  return standing.touched ? undefined : ''
}
