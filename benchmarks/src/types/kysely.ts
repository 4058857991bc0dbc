import { BENCHMARKS_FOLDER, type Dialect, each, refused } from "./dialect.ts";

const model = (i: number): string => `
export interface Model${i} extends Base {
  name: string;
  quantity: number;
  price: string;
  is_active: Generated<boolean>;
  parent_id: string;
}`;

const related = (i: number): string =>
  i % 2 === 0
    ? `
export async function related${i}(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom("model${i}")
    .selectAll("model${i}")
    .select((eb) =>
      jsonArrayFrom(
        eb.selectFrom("model${i + 1}").selectAll("model${i + 1}").whereRef("model${i + 1}.parent_id", "=", "model${i}.id"),
      ).as("children"),
    )
    .where("is_active", "=", true)
    .execute();
  return rows.flatMap((row) => row.children.map((child) => row.name + child.name));
}`
    : `
export async function related${i}(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom("model${i}")
    .selectAll("model${i}")
    .select((eb) =>
      jsonObjectFrom(
        eb.selectFrom("model${i - 1}").selectAll("model${i - 1}").whereRef("model${i - 1}.id", "=", "model${i}.parent_id"),
      )
        .$notNull()
        .as("parent"),
    )
    .where("is_active", "=", true)
    .execute();
  return rows.map((row) => row.name + row.parent.name);
}`;

const queries = (i: number): string => `
export const select${i} = (db: Db) =>
  db
    .selectFrom("model${i}")
    .selectAll()
    .where("name", "=", "a")
    .where("quantity", ">=", 3)
    .orderBy("created_at", "desc")
    .limit(10)
    .execute();

export async function used${i}(db: Db): Promise<string[]> {
  return (await select${i}(db)).map((row) => row.id + row.name + row.created_at.toISOString());
}

export async function insert${i}(db: Db, id: string, parent_id: string): Promise<string> {
  const row = await db
    .insertInto("model${i}")
    .values({ id, name: "a", quantity: 1, price: "1.00", parent_id })
    .returningAll()
    .executeTakeFirstOrThrow();
  return row.id;
}

export async function update${i}(db: Db, id: string): Promise<bigint> {
  const { numUpdatedRows } = await db.updateTable("model${i}").set({ quantity: 2 }).where("id", "=", id).executeTakeFirst();
  return numUpdatedRows;
}
${related(i)}`;

export const kysely: Dialect = {
  home: BENCHMARKS_FOLDER,
  write: (models) => ({
    "models.ts": `import type { Generated } from "kysely";

interface Base {
  id: string;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}
${each(models, model)}

export interface Tables {
${each(models, (i) => `  model${i}: Model${i};`)}
}
`,
    "queries.ts": `import type { Kysely } from "kysely";
import { jsonArrayFrom, jsonObjectFrom } from "kysely/helpers/postgres";
import type { Tables } from "./models.ts";

type Db = Kysely<Tables>;
${each(models, queries)}
${refused("db: Db", "select0(db)")}`,
  }),
};
