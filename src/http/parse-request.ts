import type { z } from 'zod'

import { appendPointer } from '../core/pointer.ts'
import { ProblemError, type ProblemDetail } from './problems.ts'

/**
 * Reads the parameters of a query by their schema.
 *
 * @throws ProblemError `invalid_request`: one is not known, is there twice, or is not what it should be
 */
export function parseQueryString<Schema extends z.ZodType>(
  schema: Schema,
  parameters: URLSearchParams,
): z.output<Schema> {
  const given = new Map<string, string | string[]>()
  for (const [name, value] of parameters) {
    const earlier = given.get(name)
    if (earlier === undefined) given.set(name, value)
    else if (Array.isArray(earlier)) earlier.push(value)
    else given.set(name, [earlier, value])
  }
  return parse(schema, Object.fromEntries(given), ([name]) => `?${String(name ?? '')}`)
}

/** Reads the parts of a path by their schema. @throws ProblemError `invalid_request` */
export function parsePathParts<Schema extends z.ZodType>(
  schema: Schema,
  parts: Readonly<Record<string, string>>,
): z.output<Schema> {
  return parse(schema, parts, ([name]) => `{${String(name ?? '')}}`)
}

/** Reads a body by its schema. @throws ProblemError `not_json`, `too_large`, `invalid_request` */
export async function parseBody<Schema extends z.ZodType>(
  schema: Schema,
  request: Request,
): Promise<z.output<Schema>> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json') {
    throw new ProblemError(
      'not_json',
      `The body is ${type === undefined ? 'of no type' : type}, and JSON is asked for.`,
    )
  }
  const bytes = await readBytes(request)
  let body: unknown
  try {
    // what is no UTF-8 would be kept as other characters than were sent
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new ProblemError('invalid_request', 'The body is not JSON.', {
      errors: [{ pointer: '', code: 'not_json', message: 'is not JSON' }],
    })
  }
  return parse(schema, body, (path) =>
    path.reduce<string>(
      (pointer, part) => appendPointer(pointer, typeof part === 'number' ? part : String(part)),
      '',
    ),
  )
}

const largestBytes = 64 * 1024

async function readBytes(request: Request): Promise<Buffer> {
  if (request.body === null) return Buffer.alloc(0)
  const reader = request.body.getReader()
  const chunks: Uint8Array[] = []
  let bytes = 0
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return Buffer.concat(chunks)
    bytes += value.byteLength
    if (bytes > largestBytes) {
      await reader.cancel()
      throw new ProblemError('too_large', `The body has more than ${largestBytes} bytes.`)
    }
    chunks.push(value)
  }
}

type Path = readonly PropertyKey[]

function parse<Schema extends z.ZodType>(
  schema: Schema,
  given: unknown,
  pointerOf: (path: Path) => string,
): z.output<Schema> {
  const result = schema.safeParse(given)
  if (result.success) return result.data
  const errors = result.error.issues.flatMap((issue) => describe(issue, [], pointerOf))
  throw new ProblemError('invalid_request', summarize(errors), { errors })
}

function describe(
  issue: z.core.$ZodIssue,
  above: Path,
  pointerOf: (path: Path) => string,
): readonly ProblemDetail[] {
  const path = [...above, ...issue.path]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        pointer: pointerOf([...path, key]),
        code: 'unknown',
        message: 'is not known here',
      }))
    case 'invalid_union': {
      // the alternative that the value comes nearest to: not the one that it has another type than
      const branch =
        issue.errors.find(([first]) => first !== undefined && first.code !== 'invalid_type') ??
        issue.errors[0] ??
        []
      return branch.flatMap((inner) => describe(inner, path, pointerOf))
    }
    case 'invalid_type':
      return [{ pointer: pointerOf(path), code: issue.code, message: describeType(issue) }]
    default:
      return [{ pointer: pointerOf(path), code: issue.code, message: issue.message }]
  }
}

function describeType({ expected, input, message }: z.core.$ZodIssueInvalidType): string {
  if (input === undefined && /received undefined/.test(message)) return 'is required'
  if (/received array/.test(message) && expected === 'string') return 'is there more than once'
  return message
}

function summarize(errors: readonly ProblemDetail[]): string {
  const [first] = errors
  if (first === undefined) return 'The request is not what the route takes.'
  const more = errors.length > 1 ? `, and ${errors.length - 1} more` : ''
  return `${first.pointer} ${first.message}${more}.`
}
