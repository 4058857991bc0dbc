/** A child of the benchmarks that compares Drizzle's tables, as many, with the database; see `comparer.ts`. */
import { pushSchema } from "drizzle-kit/api";
import { drizzle } from "drizzle-orm/node-postgres";
import {
  type AnyPgColumn,
  boolean,
  foreignKey,
  index,
  integer,
  numeric,
  pgTable,
  text,
  timestamp,
  uniqueIndex,
  uuid,
  varchar,
} from "drizzle-orm/pg-core";
import pg from "pg";
import { answer } from "../../dist/check/child.js";
import { parentOf, tableName } from "../../dist/check/tables.js";

const ids: AnyPgColumn[] = [];

function define(table: number) {
  const name = tableName(table);
  const parent = tableName(parentOf(table));
  return pgTable(
    name,
    {
      id: uuid("id").primaryKey(),
      createdAt: timestamp("created_at", { withTimezone: true }).defaultNow().notNull(),
      updatedAt: timestamp("updated_at", { withTimezone: true }).defaultNow().notNull(),
      name: varchar("name", { length: 255 }).notNull(),
      note: text("note"),
      quantity: integer("quantity").default(0).notNull(),
      price: numeric("price", { precision: 12, scale: 2 }).notNull(),
      isActive: boolean("is_active").default(true).notNull(),
      parentId: uuid("parent_id").notNull(),
    },
    (columns) => [
      foreignKey({
        name: `fk_${name}_parent_id_${parent}`,
        columns: [columns.parentId],
        foreignColumns: [ids[parentOf(table)] ?? columns.id],
      }),
      uniqueIndex(`ix_${name}_name`).on(columns.name),
      index(`ix_${name}_parent_id`).on(columns.parentId),
    ],
  );
}

const tables: Record<string, ReturnType<typeof define>> = {};
for (let table = 0; table < Number(process.env["BENCHMARK_TABLES"]); table++) {
  const made = define(table);
  tables[tableName(table)] = made;
  ids.push(made.id);
}
const pool = new pg.Pool({ connectionString: process.env["BENCHMARK_URL"]!, max: 1 });
const db = drizzle(pool);
await answer(async () => (await pushSchema(tables, db as never, ["public"])).statementsToExecute.length);
await pool.end();
