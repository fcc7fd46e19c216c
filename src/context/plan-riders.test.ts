import { describe, expect, test } from 'vitest'

import { idle, opened, planRiders, standingAfter, type Standing } from './plan-riders.ts'

const ada = '{"userId":"ada"}'
const bob = '{"userId":"bob"}'

/** Sends messages one after the other and marks, in each text, where a rider goes: `>ada:`. */
function send(messages: readonly (readonly [string, string])[], from: Standing = idle): readonly string[] {
  let standing = from
  return messages.map(([context, text]) => {
    const plan = planRiders({ text, statements: 'many' }, context, standing)
    standing = plan.standing
    const name = context === '' ? 'none' : context.slice(11, -2)
    return plan.places.reduceRight(
      (marked, place) => `${marked.slice(0, place)}>${name}:${marked.slice(place)}`,
      text,
    )
  })
}

describe('outside of a transaction', () => {
  test('writes carry the context, nothing else does', () => {
    const texts = [
      'insert',
      'select',
      'vacuum',
      'call p()',
      'create table',
      'set x',
      'copy t to stdout',
      'with x as (delete) select',
    ]
    expect(send(texts.map((text) => [ada, text]))).toEqual([
      '>ada:insert',
      'select',
      'vacuum',
      'call p()',
      'create table',
      'set x',
      'copy t to stdout',
      '>ada:with x as (delete) select',
    ])
  })

  test('every write carries it again: each is a transaction of its own', () => {
    expect(
      send([
        [ada, 'insert'],
        [ada, 'insert'],
      ]),
    ).toEqual(['>ada:insert', '>ada:insert'])
  })

  test('nothing is sent where there is no context', () => {
    expect(
      send([
        ['', 'insert'],
        ['', 'begin'],
        ['', 'insert'],
        ['', 'rollback to s'],
        ['', 'insert'],
        ['', 'commit'],
      ]),
    ).toEqual(['insert', 'begin', 'insert', 'rollback to s', 'insert', 'commit'])
  })
})

describe('in a transaction', () => {
  test('the first write carries the context, not what precedes it, nor what follows', () => {
    const texts = [
      'begin',
      'set transaction isolation level serializable',
      'select',
      'insert',
      'select',
      'update',
      'commit',
    ]
    expect(send(texts.map((text) => [ada, text]))).toEqual([
      'begin',
      'set transaction isolation level serializable',
      'select',
      '>ada:insert',
      'select',
      'update',
      'commit',
    ])
  })

  test('it is carried again when the actor changes or goes away', () => {
    expect(
      send([
        [ada, 'begin'],
        [ada, 'insert'],
        [bob, 'insert'],
        [bob, 'insert'],
        ['', 'insert'],
        ['', 'insert'],
      ]),
    ).toEqual(['begin', '>ada:insert', '>bob:insert', 'insert', '>none:insert', 'insert'])
  })

  test('a read carries it only where another is in force, because it may call a function that writes', () => {
    expect(
      send([
        [ada, 'begin'],
        [ada, 'insert'],
        [ada, 'select'],
        [bob, 'select f()'],
        [bob, 'select'],
      ]),
    ).toEqual(['begin', '>ada:insert', 'select', '>bob:select f()', 'select'])
  })

  test('a read carries it where the transaction was opened for that', () => {
    expect(
      send(
        [
          [ada, 'select f()'],
          [ada, 'insert'],
        ],
        { ...opened, eager: true },
      ),
    ).toEqual(['>ada:select f()', 'insert'])
  })

  test('definitions and calls carry it too: they cannot end the transaction', () => {
    expect(send([[ada, 'call p()']], opened)).toEqual(['>ada:call p()'])
  })

  test('it is carried again after a rollback to a savepoint, a reset and a chained transaction', () => {
    for (const text of ['rollback to s', 'discard all', 'commit and chain', 'rollback and chain']) {
      expect(
        send(
          [
            [ada, 'insert'],
            [ada, text],
            [ada, 'insert'],
            [ada, 'insert'],
          ],
          opened,
        ),
      ).toEqual(['>ada:insert', text, '>ada:insert', 'insert'])
    }
  })

  test('a removal that was rewound is sent again', () => {
    expect(
      send(
        [
          [ada, 'insert'],
          ['', 'savepoint s'],
          ['', 'insert'],
          ['', 'rollback to s'],
          ['', 'insert'],
        ],
        opened,
      ),
    ).toEqual(['>ada:insert', 'savepoint s', '>none:insert', 'rollback to s', '>none:insert'])
  })

  test('its end ends what is in force', () => {
    expect(
      send(
        [
          [ada, 'insert'],
          [ada, 'commit'],
          [ada, 'insert'],
          ['', 'insert'],
        ],
        opened,
      ),
    ).toEqual(['>ada:insert', 'commit', '>ada:insert', 'insert'])
  })

  test('nothing is sent into a failed one, and again once it was rewound', () => {
    const failed = standingAfter('E', planRiders({ text: 'insert', statements: 'one' }, ada, opened).standing)
    expect(
      send(
        [
          [ada, 'insert'],
          [ada, 'rollback to s'],
          [ada, 'insert'],
        ],
        failed,
      ),
    ).toEqual(['insert', 'rollback to s', '>ada:insert'])
  })
})

describe('in a text of several statements', () => {
  test('the first write carries it for all of them', () => {
    expect(send([[ada, 'create table t; insert; update; select']])).toEqual([
      'create table t; >ada:insert; update; select',
    ])
  })

  test('each transaction in it has its rider', () => {
    expect(
      send([[ada, 'begin; set x; insert; insert; commit; begin; select; insert; commit; insert']]),
    ).toEqual(['begin; set x; >ada:insert; insert; commit; begin; select; >ada:insert; commit; >ada:insert'])
  })

  test('a begin within takes over what ran before it', () => {
    expect(
      send([
        [ada, 'insert; begin; insert'],
        [ada, 'insert'],
        [bob, 'insert'],
      ]),
    ).toEqual(['>ada:insert; begin; insert', 'insert', '>bob:insert'])
  })

  test('of which the parts cannot be told apart, it goes in front or nowhere', () => {
    const body = 'create function f() language sql begin atomic insert into t values (1); end; insert'
    expect(
      send([
        [ada, `insert; ${body}`],
        [ada, body],
        [ada, `begin; ${body}`],
      ]),
    ).toEqual([`>ada:insert; ${body}`, body, `begin; ${body}`])
  })
})

describe('what the server says', () => {
  test('idle: nothing is in force', () => {
    expect(standingAfter('I', { block: 'open', inForce: ada, touched: true })).toEqual(idle)
  })

  test('open, as predicted: the prediction holds', () => {
    const predicted: Standing = { block: 'open', inForce: ada, touched: true }
    expect(standingAfter('T', predicted)).toEqual(predicted)
  })

  test('open, against the prediction: what is in force is not known', () => {
    expect(standingAfter('T', { block: 'failed', inForce: ada, touched: true })).toEqual({
      block: 'open',
      inForce: undefined,
      touched: true,
    })
  })
})
