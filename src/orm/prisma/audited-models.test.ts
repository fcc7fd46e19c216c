import { expect, test } from 'vitest'

import { auditedModels } from './audited-models.ts'

const schema = `
/// Somebody's account.
/// @audited
model Account {
  id        BigInt   @id @default(autoincrement()) @map("account_id")
  iban      String?  @map("iban_text") /// @audited.redact
  /// @audited.ignore
  updatedAt DateTime @default(now()) @updatedAt @map("updated_at")
  url       String   @default("https://x/{}") // not @audited.redact
  posts     Post[]
  friends   Account[] @relation("Friends")
  friendOf  Account[] @relation("Friends")

  @@map("accounts")
  @@schema("sales")
}

model Post {
  id      Int       @id
  authors Account[]
  tags    Tag[]
  lines   Line[]
}

model Tag {
  id    Int    @id
  posts Post[]
}

/// @audited
model Line {
  orderId Int @map("order_id")
  n       Int
  post    Post @relation(fields: [orderId], references: [id])

  @@id([orderId, n(sort: Desc)])
}
`

test('models that are marked are read with their tables, keys and marked fields', () => {
  expect(auditedModels(schema)).toEqual([
    {
      table: 'sales.accounts',
      key: ['account_id'],
      options: { ignore: ['updated_at'], redact: ['iban_text'] },
    },
    { table: 'Line', key: ['order_id', 'n'], options: {} },
    { table: 'sales."_AccountToPost"', key: ['A', 'B'], options: { key: ['A', 'B'] } },
    { table: 'sales."_Friends"', key: ['A', 'B'], options: { key: ['A', 'B'] } },
  ])
})

test('a schema without marks has none', () => {
  expect(auditedModels(schema.replaceAll('@audited', ''))).toEqual([])
})

test.each([
  ['/// @audited\nmodel A {\n  name String\n}\n', 'neither @id nor @@id'],
  ['/// @audited.redact\nmodel A {\n  id Int @id\n}\n', 'A is marked @audited.redact'],
  ['/// @audited\nmodel A {\n  id Int @id /// @audited.hide\n}\n', 'A.id is marked @audited.hide'],
])('%j is refused', (text, message) => {
  expect(() => auditedModels(text)).toThrow(message)
})
