import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Dialect, each, PEERS_FOLDER, refused } from "./dialect.ts";

const COLUMNS = `  id        String   @id @db.Uuid
  name      String   @db.VarChar(255)
  quantity  Int
  price     Decimal  @db.Decimal(12, 2)
  isActive  Boolean  @default(true) @map("is_active")
  createdAt DateTime @default(now()) @map("created_at") @db.Timestamptz(6)
  updatedAt DateTime @default(now()) @map("updated_at") @db.Timestamptz(6)
  parentId  String   @map("parent_id") @db.Uuid`;

/** A model in Prisma's schema language, whose types of columns are others in version 8. */
export const model = (columns: string, i: number, last: number): string => `
model Model${i} {
${columns}
${i === 0 ? "" : `  parent    Model${i - 1} @relation(fields: [parentId], references: [id])\n`}${
  i === last ? "" : `  children  Model${i + 1}[]\n`
}}`;

const related = (i: number): string =>
  i % 2 === 0
    ? `
export async function related${i}(db: PrismaClient): Promise<string[]> {
  const rows = await db.model${i}.findMany({ where: { isActive: true }, include: { children: true } });
  return rows.flatMap((row) => row.children.map((child) => row.name + child.name));
}`
    : `
export async function related${i}(db: PrismaClient): Promise<string[]> {
  const rows = await db.model${i}.findMany({ where: { isActive: true }, include: { parent: true } });
  return rows.map((row) => row.name + row.parent.name);
}`;

const queries = (i: number): string => `
export const select${i} = (db: PrismaClient) =>
  db.model${i}.findMany({ where: { name: "a", quantity: { gte: 3 } }, orderBy: { createdAt: "desc" }, take: 10 });

export async function used${i}(db: PrismaClient): Promise<string[]> {
  return (await select${i}(db)).map((row) => row.id + row.name + row.createdAt.toISOString());
}

export async function insert${i}(db: PrismaClient, id: string, parentId: string): Promise<string> {
  const row = await db.model${i}.create({ data: { id, name: "a", quantity: 1, price: "1.00", parentId } });
  return row.id;
}

export async function update${i}(db: PrismaClient, id: string): Promise<number> {
  return (await db.model${i}.updateMany({ where: { id }, data: { quantity: 2 } })).count;
}
${related(i)}`;

/** What `prisma generate` makes is TypeScript, and is compiled with the rest. */
export const prisma: Dialect = {
  home: PEERS_FOLDER,
  write: (models) => ({
    "schema.prisma": `generator client {
  provider               = "prisma-client"
  output                 = "generated"
  moduleFormat           = "esm"
  importFileExtension    = "ts"
}

datasource db {
  provider = "postgresql"
}
${each(models, (i) => model(COLUMNS, i, models - 1))}
`,
    "queries.ts": `import type { PrismaClient } from "./generated/client.ts";
${each(models, queries)}
${refused("db: PrismaClient", "select0(db)")}`,
  }),
  generate: async (folder) => {
    const cwd = fileURLToPath(PEERS_FOLDER);
    await promisify(execFile)("npx", ["prisma", "generate", "--schema", `${folder}/schema.prisma`], { cwd });
  },
};
