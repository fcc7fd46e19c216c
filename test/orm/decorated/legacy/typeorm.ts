/* Compiled apart, by compile-models.ts: TypeORM has legacy decorators alone. */
import { Audited } from 'backstory'
import {
  ChildEntity,
  Column,
  Entity,
  JoinTable,
  ManyToMany,
  ManyToOne,
  PrimaryColumn,
  TableInheritance,
} from 'typeorm'

@Entity('world')
@Audited()
export class World {
  @PrimaryColumn('int')
  id!: number

  @Audited.label()
  @Column('text')
  name!: string
}

@Entity('tag')
export class Tag {
  @PrimaryColumn('int')
  id!: number
}

export class Bank {
  @Audited.redact()
  @Column('text', { nullable: true })
  iban?: string

  @Column('text', { nullable: true })
  town?: string
}

abstract class Dated {
  @Audited.ignore()
  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date = new Date()
}

@Entity('account')
@TableInheritance({ column: { type: 'text', name: 'kind' } })
@Audited({ snapshotEvery: 10 })
export class Account extends Dated {
  @PrimaryColumn('int')
  id!: number

  @Audited.scope()
  @ManyToOne(() => World)
  world!: World

  @Column(() => Bank)
  bank!: Bank

  @ManyToMany(() => Tag)
  @JoinTable({ name: 'account_tags' })
  tags!: Tag[]
}

@ChildEntity()
export class Savings extends Account {
  @Audited.redact()
  @Column('text', { nullable: true, name: 'secret_word' })
  secretWord?: string
}
