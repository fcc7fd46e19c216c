import { bigint, integer, jsonb, numeric, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core'

export const worlds = pgTable('worlds', {
  id: integer().primaryKey().generatedByDefaultAsIdentity(),
  name: text().notNull(),
})

export const elements = pgTable('elements', {
  id: integer().primaryKey().generatedByDefaultAsIdentity(),
  world_id: integer()
    .notNull()
    .references(() => worlds.id, { onDelete: 'cascade' }),
  name: text().notNull(),
  hp: integer().notNull().default(10),
  attributes: jsonb().notNull().default({}),
  aliases: text().array().notNull().default([]),
  note: text(),
})

export const tags = pgTable('tags', {
  id: integer().primaryKey().generatedByDefaultAsIdentity(),
  name: text().notNull(),
})

export const elementTags = pgTable(
  'element_tags',
  { element_id: integer().notNull(), tag_id: integer().notNull() },
  (table) => [primaryKey({ columns: [table.element_id, table.tag_id] })],
)

export const bonds = pgTable(
  'bonds',
  { element_id: integer().notNull(), kind: text().notNull(), strength: integer().notNull().default(1) },
  (table) => [primaryKey({ columns: [table.element_id, table.kind] })],
)

export const measurements = pgTable('measurements', {
  id: bigint({ mode: 'bigint' }).primaryKey(),
  taken_at: timestamp({ withTimezone: true, precision: 6, mode: 'string' }),
  amount: numeric({ precision: 40, scale: 20 }),
})
