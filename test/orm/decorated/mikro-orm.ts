/* Compiled apart, by compile-models.ts: for standard decorators as it stands, and for the legacy ones. */
import { Embeddable, Embedded, Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/es'
import { Audited } from 'backstory'

@Entity({ tableName: 'world' })
@Audited()
export class World {
  @PrimaryKey({ type: 'integer' })
  id!: number

  @Audited.label()
  @Property({ type: 'text' })
  name!: string
}

@Embeddable()
export class Bank {
  @Audited.redact()
  @Property({ type: 'text', nullable: true })
  iban?: string

  @Property({ type: 'text', nullable: true })
  town?: string
}

abstract class Dated {
  @Audited.ignore()
  @Property({ type: 'datetime' })
  updatedAt: Date = new Date()
}

@Entity({ tableName: 'account', discriminatorColumn: 'kind', discriminatorValue: 'plain' })
@Audited({ snapshotEvery: 10 })
export class Account extends Dated {
  @PrimaryKey({ type: 'integer' })
  id!: number

  @Property({ type: 'text' })
  kind!: string

  @Audited.scope()
  @ManyToOne({ entity: () => World })
  world!: World

  @Embedded({ entity: () => Bank })
  bank!: Bank
}

@Entity({ discriminatorValue: 'savings' })
export class Savings extends Account {
  @Audited.redact()
  @Property({ type: 'text', nullable: true })
  secretWord?: string
}

@Entity({ tableName: 'visit' })
export class Visit {
  @PrimaryKey({ type: 'integer' })
  id!: number
}
