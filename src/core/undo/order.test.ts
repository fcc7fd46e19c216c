import { expect, test } from 'vitest'

import type { JsonObject } from '../json.ts'
import { orderSteps } from './order.ts'
import type { UndoStep } from './plan.ts'
import type { Reference, UndoTable } from './table.ts'

test('elements come after those that they refer to, and go before them', () => {
  const world = table('world', [])
  const place = table('place', [refers('world', 'world')])
  const images = [
    { table: place, image: { id: 1, world: 1 } },
    { table: world, image: { id: 1 } },
  ]
  expect(ordered(images.map(insert))).toEqual(['insert world 1', 'insert place 1'])
  expect(ordered(images.toReversed().map(remove))).toEqual(['delete place 1', 'delete world 1'])
})

test('an element that a change frees goes after the change, and with it what it refers to', () => {
  const world = table('world', [])
  const place = table('place', [refers('world', 'world')])
  const person = table('person', [refers('place', 'place')])
  const change: UndoStep = {
    ...insert({ table: person, image: { place: null } }),
    action: 'update',
    elementId: '1',
    live: { id: 1, place: 1 },
  }
  expect(
    ordered([
      remove({ table: world, image: { id: 1 } }),
      remove({ table: place, image: { id: 1, world: 1 } }),
      remove({ table: world, image: { id: 2 } }),
      change,
    ]),
  ).toEqual(['delete world 2', 'update person 1', 'delete place 1', 'delete world 1'])
})

test('a circle in one table comes in one statement', () => {
  const chain = table('chain', [refers('chain', 'next', false)])
  const steps = [
    insert({ table: chain, image: { id: 1, next: 2 } }),
    insert({ table: chain, image: { id: 2, next: 1 } }),
  ]
  expect(orderSteps(steps, 'inserts')).toEqual([{ steps, isWhole: true }])
})

test('a circle through two tables is opened where a reference may be empty', () => {
  const court = table('court', [refers('noble', 'head')])
  const noble = table('noble', [refers('court', 'court', false)])
  const images = [
    { table: noble, image: { id: 1, court: 1 } },
    { table: court, image: { id: 1, head: 1 } },
  ]
  expect(ordered(images.map(insert))).toEqual(['insert court 1', 'insert noble 1', 'update court 1'])
  const opening = ordered(images.map(remove))
  expect(opening).toEqual(['update court 1', 'delete noble 1', 'delete court 1'])
})

function ordered(steps: readonly UndoStep[]): readonly string[] {
  return orderSteps(steps, 'inserts').flatMap((group) =>
    group.steps.map(
      ({ action, table: { elementType }, elementId }) => `${action} ${elementType} ${elementId}`,
    ),
  )
}

interface Named {
  readonly table: UndoTable
  readonly image: JsonObject
}

function insert({ table: ofTable, image }: Named): UndoStep {
  return {
    table: ofTable,
    elementId: JSON.stringify(image['id']),
    action: 'insert',
    live: null,
    image,
    undoes: [],
  }
}

function remove({ table: ofTable, image }: Named): UndoStep {
  return {
    table: ofTable,
    elementId: JSON.stringify(image['id']),
    action: 'delete',
    live: image,
    image: {},
    undoes: [],
  }
}

function refers(to: string, column: string, isNullable = true): Reference & { readonly isNullable: boolean } {
  return { table: to, columns: [column], referenced: ['id'], isDeferrable: false, isNullable }
}

function table(name: string, references: readonly ReturnType<typeof refers>[]): UndoTable {
  const columns = references.map(({ columns: [column = ''], isNullable }) => ({
    name: column,
    isNullable,
    isRequired: !isNullable,
  }))
  return {
    id: name,
    elementType: name,
    schema: 'public',
    name,
    isPartitioned: false,
    isListened: false,
    key: [{ name: 'id', type: 'integer', isLiteral: true }],
    columns: new Map(columns.map((column) => [column.name, column])),
    renames: [],
    references,
    referencedBy: [],
  }
}
