import type pg from 'pg'

import { newRow, RolledBack, untilRolledBack, type Application, type NodePeer } from './node-peer.ts'

type Decorate = (target: unknown, property?: string) => void

interface Repository {
  readonly create: (row: object) => object
  readonly save: (rows: object) => Promise<unknown>
  readonly findBy: (where: object) => Promise<{ rank: number }[]>
  readonly remove: (row: object) => Promise<unknown>
  readonly findOneByOrFail: (where: object) => Promise<{ rank: number }>
  readonly update: (where: object, values: object) => Promise<unknown>
}

interface EntityManager {
  readonly getRepository: (entity: unknown) => Repository
}

interface DataSource extends EntityManager {
  readonly initialize: () => Promise<unknown>
  readonly query: (text: string) => Promise<unknown>
  readonly transaction: (work: (manager: EntityManager) => Promise<unknown>) => Promise<unknown>
  readonly destroy: () => Promise<unknown>
}

interface TypeOrm {
  readonly In: (values: readonly string[]) => unknown
  readonly DataSource: new (options: object) => DataSource
  readonly Entity: (name: string, options: object) => Decorate
  readonly PrimaryColumn: (type: string) => Decorate
  readonly Column: (type: string) => Decorate
}

interface TypeOrmAuditing {
  readonly AuditingEntity: (entity: unknown, options: object) => Decorate
  readonly AuditingSubscriber: unknown
}

const columns = {
  world_id: 'integer',
  kind: 'text',
  name: 'text',
  summary: 'text',
  body: 'text',
  attributes: 'jsonb',
  rank: 'integer',
  score: 'numeric',
  hidden: 'boolean',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
} as const

/** https://www.npmjs.com/package/typeorm-auditing: subscribers that save a copy of the entity into a table of its own. */
export const typeormAuditing: NodePeer = {
  name: 'typeorm-auditing',
  orm: 'TypeORM',
  packages: ['typeorm', 'typeorm-auditing', 'pg'],
  log: 'public.elements_audit',
  schema: '',
  open: (setting) => withOwnStorage(() => openApplication(setting)),
}

async function openApplication({
  load,
  connection,
  watcher,
}: Parameters<NodePeer['open']>[0]): Promise<Application> {
  const typeorm: TypeOrm = load('typeorm')
  const auditing: TypeOrmAuditing = load('typeorm-auditing')
  // decorators, called by hand: each application has entities of its own
  const Element = class {
    declare readonly id: string
  }
  const AuditedElement = class {
    declare readonly id: string
  }
  typeorm.Entity('elements', { synchronize: false })(Element)
  typeorm.PrimaryColumn('uuid')(Element.prototype, 'id')
  for (const [name, type] of Object.entries(columns)) typeorm.Column(type)(Element.prototype, name)
  const audits = watcher === 'the peer'
  if (audits) {
    auditing.AuditingEntity(Element, { name: 'elements_audit', synchronize: true })(AuditedElement)
  }
  const source = new typeorm.DataSource({
    ...toTypeOrm(connection),
    synchronize: audits,
    entities: audits ? [Element, AuditedElement] : [Element],
    subscribers: audits ? [auditing.AuditingSubscriber] : [],
  })
  await source.initialize()
  const elements = source.getRepository(Element)
  const update = async (repository: Repository, id: string, rank: number) => {
    const row = await repository.findOneByOrFail({ id })
    row.rank = rank
    await repository.save(row)
  }
  const create = (id: string) =>
    elements.create({ id, ...newRow, created_at: new Date(), updated_at: new Date() })
  return {
    insert: (id) => elements.save(create(id)),
    update: (id, rank) => update(elements, id, rank),
    remove: async (id) => elements.remove(await elements.findOneByOrFail({ id })),
    updateMany: (worldId, rank) => elements.update({ world_id: worldId }, { rank }),
    raw: (text) => source.query(text),
    rollBack: (id, rank) =>
      untilRolledBack(
        source.transaction(async (manager) => {
          await update(manager.getRepository(Element), id, rank)
          throw new RolledBack()
        }),
      ),
    prepareUpdates: async (ids, rank) => {
      const rows = await elements.findBy({ id: typeorm.In(ids) })
      for (const row of rows) row.rank = rank
      return () => elements.save(rows)
    },
    prepareInserts: (ids) => {
      const rows = ids.map(create)
      return Promise.resolve(() => elements.save(rows))
    },
    close: () => source.destroy(),
  }
}

// every version of TypeORM that is loaded keeps what decorators say in one global variable, each in a form of its own
const storageName = 'typeormMetadataArgsStorage'
let ownStorage: unknown

async function withOwnStorage<Result>(work: () => Promise<Result>): Promise<Result> {
  const others: unknown = Reflect.get(globalThis, storageName)
  Reflect.set(globalThis, storageName, ownStorage)
  try {
    return await work()
  } finally {
    ownStorage = Reflect.get(globalThis, storageName)
    Reflect.set(globalThis, storageName, others)
  }
}

function toTypeOrm({ host, port, user, password, database }: pg.ClientConfig): object {
  return { type: 'postgres', host, port, username: user, password, database, extra: { max: 1 } }
}
