import type { PGlite } from '@electric-sql/pglite'

import type { ScenarioName } from './scenario-names.ts'
import type { Columns, TableName, Where } from './tables.ts'

/** How writes become entries. */
export type Capture = 'trigger' | 'listener'

/** A PostgreSQL database that has the tables. */
export interface ServerTarget {
  readonly url: string
  /** `none`: as if there were no Backstory, to compare with. */
  readonly capture: Capture | 'none'
  /** How many connections the pool has at most. */
  readonly connections: number
}

/** A PGlite that has the tables. It stays open. */
export interface PgliteTarget {
  readonly pglite: PGlite
  readonly capture: Capture | 'none'
}

/** A row as the ORM has read it: what is saved may be a change of an old copy. */
export interface Loaded {
  readonly save: (changes: Columns) => Promise<void>
  readonly remove: () => Promise<void>
}

/** What a scenario does, in the idiom of the ORM. Columns go by the names that they have in the database. */
export interface Operations {
  /** Creates one row as the ORM creates one. */
  readonly insert: (table: TableName, row: Columns) => Promise<void>
  /** Reads one row, to change or remove it as the ORM does with one row. */
  readonly load: (table: TableName, key: Where) => Promise<Loaded>
  readonly insertMany: (table: TableName, rows: readonly Columns[]) => Promise<void>
  /** One statement that sets columns of all rows that are found. */
  readonly updateWhere: (table: TableName, where: Where, changes: Columns) => Promise<void>
  /** One statement that adds to a column, whatever it holds. */
  readonly increment: (table: TableName, where: Where, column: string, by: number) => Promise<void>
  readonly deleteWhere: (table: TableName, where: Where) => Promise<void>
  /** Inserts, or sets all other columns where the primary key is there already. */
  readonly upsert: (table: TableName, row: Columns) => Promise<void>
  /** Adds a tag to an element, as the ORM does with a relation of many to many. */
  readonly link: (elementId: number, tagId: number) => Promise<void>
  readonly unlink: (elementId: number, tagId: number) => Promise<void>
  /** Runs work in a transaction; what it throws rolls back and comes out again. */
  readonly transaction: (
    work: (operations: TransactionOperations) => Promise<void>,
    options?: { readonly isolation: 'serializable' },
  ) => Promise<void>
  /** SQL as it stands, without values; gives its rows. */
  readonly raw: (text: string) => Promise<readonly unknown[]>
}

/** Operations inside a transaction. */
export interface TransactionOperations extends Omit<Operations, 'transaction'> {
  /** Runs work in a savepoint; what it throws rolls back to it and comes out again. */
  readonly savepoint: (work: (operations: TransactionOperations) => Promise<void>) => Promise<void>
}

/** An ORM that is connected. */
export interface Connected extends Operations {
  /** Starts an insert and gives back what the ORM gives: often something that starts when it is awaited. */
  readonly insertLazily: (table: TableName, row: Columns) => PromiseLike<unknown>
  readonly close: () => Promise<void>
}

/** What listener capture does not record, and what becomes of the write. */
export interface Gap {
  /** Why, for the documentation. */
  readonly reason: string
  /** `unseen`: it leaves no entry; `partly`: it leaves some of them; `refused`: the write fails and nothing is written. */
  readonly outcome: 'unseen' | 'partly' | 'refused'
}

/** What is said of a driver, whatever it connects to. */
interface DriverDescription {
  /** `Kysely`, `Kysely on PGlite` */
  readonly name: string
  readonly captures: readonly Capture[]
  /** Scenarios that this ORM cannot express, with the reason. */
  readonly unsupported: Readonly<Partial<Record<ScenarioName, string>>>
  /** Scenarios that its listener capture does not record; the suite holds that it does not. */
  readonly gaps: Readonly<Partial<Record<ScenarioName, Gap>>>
}

/** One ORM or driver in the suite: the whole of what a new one needs. */
export type ConformanceDriver =
  | (DriverDescription & {
      readonly server: 'PostgreSQL'
      readonly connect: (target: ServerTarget) => Promise<Connected>
    })
  | (DriverDescription & {
      readonly server: 'PGlite'
      readonly connect: (target: PgliteTarget) => Promise<Connected>
    })
