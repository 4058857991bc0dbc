import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Dialect, each, NEXT_FOLDER, refused } from "./dialect.ts";
import { model } from "./prisma.ts";

const COLUMNS = `  id        Uuid           @id
  name      VarChar(255)
  quantity  Int
  price     Numeric(12, 2)
  isActive  Boolean        @default(true) @map("is_active")
  createdAt Timestamptz(6) @default(now()) @map("created_at")
  updatedAt Timestamptz(6) @default(now()) @map("updated_at")
  parentId  Uuid           @map("parent_id")`;

const related = (i: number): string =>
  i % 2 === 0
    ? `
export async function related${i}({ orm }: Db): Promise<string[]> {
  const rows = await orm.public.Model${i}.where({ isActive: true }).include("children").all();
  return rows.flatMap((row) => row.children.map((child) => row.name + child.name));
}`
    : `
export async function related${i}({ orm }: Db): Promise<string[]> {
  const rows = await orm.public.Model${i}.where({ isActive: true }).include("parent").all();
  return rows.map((row) => row.name + row.parent.name);
}`;

const queries = (i: number): string => `
export const select${i} = ({ orm }: Db) =>
  orm.public.Model${i}
    .where({ name })
    .where((row) => row.quantity.gte(3))
    .orderBy((row) => row.createdAt.desc())
    .limit(10)
    .all();

export async function used${i}(db: Db): Promise<string[]> {
  return (await select${i}(db)).map((row) => row.id + row.name + row.createdAt.toString());
}

export async function insert${i}({ orm }: Db, id: string, parentId: string): Promise<string> {
  const row = await orm.public.Model${i}.create({ id, name, quantity: 1, price, parentId });
  return row.id;
}

export async function update${i}({ orm }: Db, id: string): Promise<number> {
  return await orm.public.Model${i}.where({ id }).updateAndCount({ quantity: 2 });
}
${related(i)}`;

/** Its contract becomes declarations, and JSON that the compiler has no need of. */
export const prisma8: Dialect = {
  home: NEXT_FOLDER,
  compilerOptions: { lib: ["es2023", "esnext.disposable", "esnext.temporal"] },
  write: (models) => ({
    "contract.prisma": `// use prisma-8
${each(models, (i) => model(COLUMNS, i, models - 1))}
`,
    "queries.ts": `import type { PostgresClient } from "@prisma/orm-postgres/runtime";
import type { Numeric, Varchar } from "@prisma/orm-postgres/target/codec-types";
import type { Contract } from "./contract.d.ts";

type Db = PostgresClient<Contract>;

const name = "a" as Varchar<255>;
const price = "1.00" as Numeric<12, 2>;
${each(models, queries)}
${refused("db: Db", "select0(db)")}`,
  }),
  generate: async (folder) => {
    const cwd = fileURLToPath(NEXT_FOLDER);
    await promisify(execFile)(process.execPath, ["emit.ts", `${folder}/contract.prisma`, folder], { cwd });
  },
};
