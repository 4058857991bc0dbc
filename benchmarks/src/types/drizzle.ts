import { BENCHMARKS_FOLDER, type Dialect, each, names, refused } from "./dialect.ts";

const model = (i: number, last: number): string => `
export const model${i} = pgTable("model${i}", {
  ...base,
  name: varchar("name", { length: 255 }).notNull(),
  quantity: integer("quantity").notNull(),
  price: numeric("price", { precision: 12, scale: 2 }).notNull(),
  isActive: boolean("is_active").notNull().default(true),
  parentId: uuid("parent_id").notNull()${i === 0 ? "" : `.references(() => model${i - 1}.id)`},
});

export const relations${i} = relations(model${i}, ({ ${i === 0 ? "" : "one, "}${i === last ? "" : "many "}}) => ({${
  i === 0 ? "" : `\n  parent: one(model${i - 1}, { fields: [model${i}.parentId], references: [model${i - 1}.id] }),`
}${i === last ? "" : `\n  children: many(model${i + 1}),`}
}));`;

const related = (i: number): string =>
  i % 2 === 0
    ? `
export async function related${i}(db: Db): Promise<string[]> {
  const rows = await db.query.model${i}.findMany({ where: eq(model${i}.isActive, true), with: { children: true } });
  return rows.flatMap((row) => row.children.map((child) => row.name + child.name));
}`
    : `
export async function related${i}(db: Db): Promise<string[]> {
  const rows = await db.query.model${i}.findMany({ where: eq(model${i}.isActive, true), with: { parent: true } });
  return rows.map((row) => row.name + row.parent.name);
}`;

const queries = (i: number): string => `
export const select${i} = (db: Db) =>
  db
    .select()
    .from(model${i})
    .where(and(eq(model${i}.name, "a"), gte(model${i}.quantity, 3)))
    .orderBy(desc(model${i}.createdAt))
    .limit(10);

export async function used${i}(db: Db): Promise<string[]> {
  return (await select${i}(db)).map((row) => row.id + row.name + row.createdAt.toISOString());
}

export async function insert${i}(db: Db, id: string, parentId: string): Promise<string> {
  const [row] = await db.insert(model${i}).values({ id, name: "a", quantity: 1, price: "1.00", parentId }).returning();
  return row!.id;
}

export async function update${i}(db: Db, id: string): Promise<number | null> {
  return (await db.update(model${i}).set({ quantity: 2 }).where(eq(model${i}.id, id))).rowCount;
}
${related(i)}`;

export const drizzle: Dialect = {
  home: BENCHMARKS_FOLDER,
  write: (models) => ({
    "models.ts": `import { relations } from "drizzle-orm";
import { boolean, integer, numeric, pgTable, timestamp, uuid, varchar } from "drizzle-orm/pg-core";

const base = {
  id: uuid("id").primaryKey(),
  createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
  updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
};
${each(models, (i) => model(i, models - 1))}
`,
    "queries.ts": `import { and, desc, eq, gte } from "drizzle-orm";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import * as schema from "./models.ts";

const { ${names(models, (i) => `model${i}`)} } = schema;

type Db = NodePgDatabase<typeof schema>;
${each(models, queries)}
${refused("db: Db", "select0(db)")}`,
  }),
};
