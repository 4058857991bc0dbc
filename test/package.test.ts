import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);
const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");

/** An application of somebody else's: models in one package, whose declarations another one reads. */
const MODELS = `
import { BaseModel, belongsTo, defineSchema, hasMany, jsonb, mixin, pgEnum, Repository, repository, SoftDeleteModel, text, uuid, varchar } from "@hypertroq/database";

export const status = pgEnum("status", ["draft", "paid"]);
export const Named = mixin({ name: text() }, { get shout() { return this.name.toUpperCase(); } });

export class User extends BaseModel.with(Named).define({ email: varchar(255), secret: text().hidden() }) {
  static readonly orders = hasMany(() => Order, () => Order.c.userId);
}
export class Order extends SoftDeleteModel.define({ userId: uuid(), status: status().default("draft"), doc: jsonb<{ a: number }>().nullable() }) {
  static readonly user = belongsTo(() => User, () => Order.c.userId);
}
export const schema = defineSchema({ User, Order });
export const orders = repository(Order);
export class Users extends Repository<User, typeof User> {
  constructor() {
    super(User);
  }
}
`;

const CONSUMER = `
import { type Executor, select } from "@hypertroq/database";
import { DatabaseManager } from "@hypertroq/database";
import "@hypertroq/database/migrations";
import "@hypertroq/database/testing";
import { Order, User } from "models";

export async function first(db: Executor): Promise<string> {
  const user = await db.one(select(User).include({ orders: User.orders }));
  const paid: "draft" | "paid" = user.orders[0]!.status;
  // @ts-expect-error not a status
  Order.c.status.eq("lost");
  // @ts-expect-error hidden columns are not in the dict
  user.toDict().secret;
  return paid + user.shout;
}
console.log(select(User).compile().text.length > 0, typeof DatabaseManager);
`;

const OPTIONS = {
  target: "es2023",
  lib: ["es2023", "esnext.disposable"],
  module: "nodenext",
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  declaration: true,
  outDir: "dist",
  types: ["node"],
};

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hypertroq-consumer-"));
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], {
    cwd: join(root, "packages/database"),
  });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
  const words = [
    "install",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    `./${filename}`,
    "@types/node@20",
    "@types/pg@8",
  ];
  await run("npm", words, { cwd: folder });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Compiles what is in a folder of the application, declarations of libraries included. */
async function compile(name: string, source: string, type: "module" | "commonjs" = "module"): Promise<string> {
  const place = join(folder, name);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "index.ts"), source);
  writeFileSync(join(place, "tsconfig.json"), JSON.stringify({ compilerOptions: OPTIONS, include: ["index.ts"] }));
  writeFileSync(
    join(place, "package.json"),
    JSON.stringify({ name, type, types: "./dist/index.d.ts", exports: { ".": "./dist/index.js" } }),
  );
  return await run(process.execPath, [tsc, "--project", place]).then(
    () => "",
    (error: { stdout?: string }) => error.stdout ?? "it did not run",
  );
}

it("is installed by somebody else, who can publish models made with it and use them from there", async () => {
  expect(await compile("node_modules/models", MODELS)).toBe("");
  expect(await compile("application", CONSUMER)).toBe("");
  const { stdout } = await run(process.execPath, [join(folder, "application/dist/index.js")]);
  expect(stdout).toBe("true function\n");
});

/** Node 20.19 and newer `require` what is written as modules; TypeScript knows since 5.8. */
const COMMONJS = `
import * as database from "@hypertroq/database";
import migrations = require("@hypertroq/database/migrations");

console.log(typeof database.select, typeof migrations.Migrator, database.DatabaseManager === require("@hypertroq/database").DatabaseManager);
`;

it("is required by CommonJS, too, with its types, and without a warning", async () => {
  expect(await compile("commonjs", COMMONJS, "commonjs")).toBe("");
  const { stdout, stderr } = await run(process.execPath, [join(folder, "commonjs/dist/index.js")]);
  expect({ stdout, stderr }).toEqual({ stdout: "function function true\n", stderr: "" });
});
