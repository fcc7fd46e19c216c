import {
  DriverException,
  ForeignKeyConstraintViolationException,
  NotFoundError,
  UniqueConstraintViolationException,
} from '@mikro-orm/postgresql'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Answers what went wrong. What the database said about it is for the log of the server alone. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof NotFoundError || error instanceof ForeignKeyConstraintViolationException) {
    return reply.code(404).send({ message: 'There is no such thing.' })
  }
  if (error instanceof UniqueConstraintViolationException) {
    return reply.code(409).send({ message: 'There is one already.' })
  }
  if (error instanceof DriverException && isOfItsValues(error.code)) {
    return reply.code(400).send({ message: 'A text holds what PostgreSQL cannot store.' })
  }
  const { statusCode = 500, message = '' }: { statusCode?: number; message?: string } = Object(error)
  if (statusCode < 500) return reply.code(statusCode).send({ message })
  console.error(`${request.method} ${request.url}`, error)
  return reply.code(500).send({ message: 'Something went wrong on the server.' })
}

// a character zero ends a message of the protocol too early; class 22 are the exceptions of data
function isOfItsValues(code: string | undefined): boolean {
  return code === '08P01' || code?.startsWith('22') === true
}
