import { type Dialect, each, names, PEERS_FOLDER, refused } from "./dialect.ts";

const model = (i: number, last: number): string => `
export const Model${i} = defineEntity({
  name: "Model${i}",
  properties: {
    ...base,
    name: p.string().length(255),
    quantity: p.integer(),
    price: p.decimal(),
    isActive: p.boolean().default(true),
    ${i === 0 ? "parentId: p.uuid()," : `parent: () => p.manyToOne(Model${i - 1}),`}${
      i === last ? "" : `\n    children: () => p.oneToMany(Model${i + 1}).mappedBy("parent"),`
    }
  },
});`;

const related = (i: number): string =>
  i % 2 === 0
    ? `
export async function related${i}(db: EntityManager): Promise<string[]> {
  const rows = await db.find(Model${i}, { isActive: true }, { populate: ["children"] });
  return rows.flatMap((row) => row.children.getItems().map((child) => row.name + child.name));
}`
    : `
export async function related${i}(db: EntityManager): Promise<string[]> {
  const rows = await db.find(Model${i}, { isActive: true }, { populate: ["parent"] });
  return rows.map((row) => row.name + row.parent.name);
}`;

const queries = (i: number): string => `
export const select${i} = (db: EntityManager) =>
  db.find(Model${i}, { name: "a", quantity: { $gte: 3 } }, { orderBy: { createdAt: "desc" }, limit: 10 });

export async function used${i}(db: EntityManager): Promise<string[]> {
  return (await select${i}(db)).map((row) => row.id + row.name + row.createdAt.toISOString());
}

export async function insert${i}(db: EntityManager, id: string, parent: string): Promise<string> {
  const row = db.create(Model${i}, { id, name: "a", quantity: 1, price: "1.00", ${i === 0 ? "parentId: parent" : "parent"} });
  await db.persist(row).flush();
  return row.id;
}

export async function update${i}(db: EntityManager, id: string): Promise<number> {
  return await db.nativeUpdate(Model${i}, { id }, { quantity: 2 });
}
${related(i)}`;

export const mikroOrm: Dialect = {
  home: PEERS_FOLDER,
  write: (models) => ({
    "models.ts": `import { defineEntity, p } from "@mikro-orm/postgresql";

const base = {
  id: p.uuid().primary(),
  createdAt: p.datetime().columnType("timestamptz").defaultRaw("now()"),
  updatedAt: p.datetime().columnType("timestamptz").defaultRaw("now()"),
};
${each(models, (i) => model(i, models - 1))}
`,
    "queries.ts": `import type { EntityManager } from "@mikro-orm/postgresql";
import { ${names(models, (i) => `Model${i}`)} } from "./models.ts";
${each(models, queries)}
${refused("db: EntityManager", "select0(db)")}`,
  }),
};
