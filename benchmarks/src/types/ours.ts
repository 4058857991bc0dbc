import { BENCHMARKS_FOLDER, type Dialect, each, names, refused } from "./dialect.ts";

const model = (i: number, last: number): string => `
export class Model${i} extends BaseModel.define({
  name: varchar(255),
  quantity: integer(),
  price: numeric(12, 2),
  isActive: boolean().default(true),
  parentId: uuid()${i === 0 ? "" : `.references(() => Model${i - 1}.c.id)`},
}) {${i === 0 ? "" : `\n  static readonly parent = belongsTo(() => Model${i - 1}, () => Model${i}.c.parentId);`}${
  i === last ? "" : `\n  static readonly children = hasMany(() => Model${i + 1}, () => Model${i + 1}.c.parentId);`
}
}`;

const related = (i: number): string =>
  i % 2 === 0
    ? `
export async function related${i}(db: Executor): Promise<string[]> {
  const rows = await db.all(select(Model${i}).where(Model${i}.c.isActive.eq(true)).include({ children: Model${i}.children }));
  return rows.flatMap((row) => row.children.map((child) => row.name + child.name));
}`
    : `
export async function related${i}(db: Executor): Promise<string[]> {
  const rows = await db.all(select(Model${i}).where(Model${i}.c.isActive.eq(true)).include({ parent: Model${i}.parent }));
  return rows.map((row) => row.name + row.parent.name);
}`;

const queries = (i: number): string => `
export const select${i} = (db: Executor) =>
  db.all(select(Model${i}).where(Model${i}.c.name.eq("a"), Model${i}.c.quantity.gte(3)).orderBy(Model${i}.c.createdAt.desc()).limit(10));

export async function used${i}(db: Executor): Promise<string[]> {
  return (await select${i}(db)).map((row) => row.id + row.name + row.createdAt.toISOString());
}

export async function insert${i}(db: Executor, parentId: string): Promise<string> {
  const row = await db.one(insert(Model${i}, { name: "a", quantity: 1, price: "1.00", parentId }));
  return row.id;
}

export async function update${i}(db: Executor, id: string): Promise<number> {
  return await db.execute(update(Model${i}).set({ quantity: 2 }).where(Model${i}.c.id.eq(id)));
}
${related(i)}`;

export const ours: Dialect = {
  home: BENCHMARKS_FOLDER,
  write: (models) => ({
    "models.ts": `import { BaseModel, belongsTo, boolean, hasMany, integer, numeric, uuid, varchar } from "@hypertroq/database";
${each(models, (i) => model(i, models - 1))}
`,
    "queries.ts": `import { type Executor, insert, select, update } from "@hypertroq/database";
import { ${names(models, (i) => `Model${i}`)} } from "./models.ts";
${each(models, queries)}
${refused("db: Executor", "select0(db)")}`,
  }),
};
