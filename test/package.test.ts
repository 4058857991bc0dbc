import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newestNode } from "./newest-node.ts";
import { install, link, Outside, packOnce, root } from "./packed.ts";
import { FULL } from "./sample.ts";

const run = promisify(execFile);
const tsc = join(root, "node_modules/typescript/bin/tsc");

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
  types: ["node"],
};

/** Node 20.19 and newer `require` what is written as modules; TypeScript knows since 5.8. */
const COMMONJS = `
import * as database from "@hypertroq/database";
import migrations = require("@hypertroq/database/migrations");

console.log(typeof database.select, typeof migrations.Migrator, database.DatabaseManager === require("@hypertroq/database").DatabaseManager);
`;

/** Something that needs a model, a query and the plan of it. */
const BUNDLED = `
import { Model, select, text, uuid } from "@hypertroq/database";

class Thing extends Model.define({ id: uuid().primaryKey(), name: text() }) {
  static table = "things"; // what is minified has other names
}
console.log(select(Thing).compile().text);
`;

/** Counts what each import, or require, gives. */
const everything = (names: readonly string[], load: string): string =>
  names.map((name) => `console.log("${name}", Object.keys(${load}("${name}")).length);\n`).join("");

/** Of a package, what may follow its name. */
function subpathsOf(directory: string): readonly string[] {
  const { exports = {} } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as { exports?: object };
  return Object.keys(exports).flatMap((path) => (path.endsWith(".json") ? [] : path.slice(1)));
}

const packed = await packOnce();

/** Beside the packages: what their optional parts are for. */
const OTHERS = ["fastify", "@opentelemetry/api", "@types/node"];

const WAYS: Readonly<Record<string, (folder: string) => Promise<unknown>>> = {
  "laid out as npm does it": (folder) => link(folder, packed, OTHERS),
  ...(FULL && { "installed by npm": (folder) => install(folder, packed, [...OTHERS.slice(0, 2), "@types/node@20"]) }),
};

describe.each(Object.keys(WAYS))("the packages, %s", (way) => {
  let app: Outside;
  beforeAll(async () => {
    app = new Outside();
    app.write("package.json", JSON.stringify({ name: "consumer", private: true, type: "module" }));
    await WAYS[way]!(app.path);
  });
  afterAll(() => app[Symbol.dispose]());

  /** Compiles the sources of some folders of the application, by default declarations of libraries included. */
  async function compile(sources: Readonly<Record<string, string>>, options: object = {}): Promise<string> {
    for (const [name, source] of Object.entries(sources)) {
      const type = name.startsWith("commonjs") ? "commonjs" : "module";
      app.write(`${name}/index.ts`, source);
      app.write(`${name}/package.json`, JSON.stringify({ type }));
    }
    const include = Object.keys(sources).map((name) => `${name}/index.ts`);
    const compilerOptions = { ...OPTIONS, ...options };
    const project = app.write("tsconfig.json", JSON.stringify({ compilerOptions, include }));
    return await run(process.execPath, [tsc, "--singleThreaded", "--project", project]).then(
      () => "",
      (error: { stdout?: string }) => error.stdout ?? "it did not run",
    );
  }

  /** What a file of the application prints, and complains of. */
  const said = async (file: string, node = process.execPath): Promise<{ stdout: string; stderr: string }> => {
    const { stdout, stderr } = await run(node, [join(app.path, file)]);
    return { stdout, stderr };
  };

  it("are typed for somebody else, who can publish models made with them, and for CommonJS, which requires them without a warning", async () => {
    const home = "node_modules/models";
    app.write(`${home}/package.json`, JSON.stringify({ name: "models", type: "module", exports: "./index.js" }));
    expect(await compile({ models: MODELS }, { rootDir: "models", outDir: home, skipLibCheck: true })).toBe("");
    expect(await compile({ application: CONSUMER, commonjs: COMMONJS })).toBe("");
    expect(await said("application/index.js")).toEqual({ stdout: "true function\n", stderr: "" });
    expect(await said("commonjs/index.js")).toEqual({ stdout: "function function true\n", stderr: "" });
    // By the other ways that know exports: that they find the types, package-contents.test.ts sees in every run.
    if (!FULL) return;
    expect(await compile({ node16: CONSUMER }, { module: "node16" })).toBe("");
    expect(await compile({ bundler: CONSUMER }, { module: "esnext", moduleResolution: "bundler" })).toBe("");
  });

  const NODES = { "this Node": async () => process.execPath, ...(FULL && { "the newest Node": newestNode }) };
  it.each(Object.entries(NODES))("give all that they export to import and to require, by %s", async (_name, find) => {
    const node = await find();
    const names = packed.flatMap(({ name }) =>
      subpathsOf(join(app.path, "node_modules", name)).map((path) => name + path),
    );
    expect(names).toContain("@hypertroq/database/opentelemetry");
    app.write("all.mjs", everything(names, "await import"));
    app.write("all.cjs", everything(names, "require"));
    const [imported, required] = [await said("all.mjs", node), await said("all.cjs", node)];
    expect(imported).toEqual({ stdout: expect.stringMatching(/^(@hypertroq\/\S+ [1-9]\d*\n)+$/), stderr: "" });
    expect(required).toEqual(imported);
    expect(imported.stdout.trim().split("\n")).toHaveLength(names.length);
  });

  it("stay whole in a bundle that leaves out what is not used", async () => {
    const input = app.write("bundled.js", BUNDLED);
    const made = await rolldown({ input, platform: "node", cwd: app.path, external: /^pg/ });
    const { output } = await made.write({ dir: join(app.path, "out"), minify: true });
    await made.close();
    expect(output.map(({ type }) => type)).not.toContain("asset");
    expect(await said("out/bundled.js")).toEqual({
      stdout: 'select "things"."id", "things"."name" from "things"\n',
      stderr: "",
    });
  });
});
