import { execFile } from "node:child_process";
import { readFile, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { hypertroq, hypertroqEach } from "../cli/hypertroq.ts";
import { onTerminal } from "../cli/on-terminal.ts";
import { type TemporaryApp, temporaryApp } from "../migrations/temporary-app.ts";

const REPOSITORY = join(import.meta.dirname, "../../../..");
const KEY = Buffer.alloc(32, 9).toString("base64");

let app: TemporaryApp;
let database: TestDatabase;
let guide: string;
let env: Record<string, string>;
beforeAll(async () => {
  guide = await readFile(join(REPOSITORY, "docs/backups.md"), "utf8");
  app = await temporaryApp();
  database = await createTestDatabase();
  await symlink(join(REPOSITORY, "node_modules"), join(app.root, "node_modules"));
  await app.write("package.json", '{ "type": "module" }');
  for (const [, name, text] of guide.matchAll(/^```ts\n\/\/ (\S+)\n(.*?)^```/gms)) await app.write(name!, text!);
  await rm(join(app.root, "hypertroq.config.mjs"));
  await database.query(`
    create table customers (id int generated always as identity primary key, name text not null);
    create table orders (id serial primary key, customer int not null references customers);
    insert into customers (name) values ('a'), ('b'), ('c');
    insert into orders (customer) values (1), (2)`);
  env = {
    DATABASE_URL: database.url,
    BACKUP_DIRECTORY: join(app.root, "backups"),
    BACKUP_KEY: KEY,
    BACKUP_SCRATCH_URL: inject("serverUrl"),
  };
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await database.drop();
});

/** What differs from run to run: names, days, times, sizes, and how many indexes a server's own catalogs have. */
const settled = (text: string): string =>
  text
    .replaceAll(database.name, "shop")
    .replaceAll(/\d{8}T\d{6}Z-[\da-f]{8}/g, "NAME")
    .replaceAll(/\d{4}-\d{2}-\d{2}/g, "DAY")
    .replaceAll(/\d+\.\d+ (s|kB)\b/g, "0 $1")
    .replaceAll(/\d+ indexes/g, "0 indexes");

it("the guide's commands say what it says that they say", async () => {
  const blocks = [...guide.matchAll(/^```console\n(.*?)^```/gms)].map(([, block]) => block!);
  const shown = blocks.flatMap((block) => block.split(/^\$ /m).slice(1)).map((text) => text.split(/\n/));
  const commands = shown.filter(([command]) => command!.startsWith("hypertroq "));
  const runs = commands.map(([command]) => command!.split(" ").slice(1));
  expect(runs).toHaveLength(9);
  const finished = await hypertroqEach(runs, { cwd: app.root, env });
  expect(finished.map(({ stdout, stderr }) => settled(`${stdout}${stderr}`))).toEqual(
    commands.map(([, ...output]) => settled(output.join("\n"))),
  );
  expect(finished.map(({ code }) => code)).toEqual([0, 0, 0, 0, 1, 0, 1, 0, 0]);
  expect(await database.query("select name from customers_then order by id")).toHaveLength(3);
  await database.query("drop table customers_then");
  // Node 20 runs no TypeScript; the guide's reader has a newer one, or builds.
  const jiti = join(REPOSITORY, "node_modules/.bin/jiti");
  const options = { cwd: app.root, env: { ...process.env, ...env } };
  const { stdout } = await promisify(execFile)(jiti, ["back-up.ts"], options);
  expect(shown.at(-1)).toEqual(["node back-up.ts", stdout.trim(), ""]);
});

it("tells its state to programs, shows progress on a terminal, and no secret anywhere", async () => {
  const options = { cwd: app.root, env };
  const words = ["list", "verify", "drill", "prune"].map((verb) => ["backup", verb, "--json"]);
  const finished = await hypertroqEach(words, options);
  const [list, verified, drill, pruned] = finished.map(({ stdout }) => JSON.parse(stdout));
  expect(list[0]).toMatchObject({ state: "good", manifest: { database: database.name, rows: 5 } });
  expect(verified).toMatchObject({ name: list[0].name, rows: 5, tables: 2 });
  expect(drill).toMatchObject({ backup: list[0].name, ok: true, problems: [] });
  expect(pruned).toEqual({ kept: [list[0].name], removed: [], left: [] }); // the program has removed the first
  const shown = await onTerminal(["backup", "create"], options);
  expect(shown).toContain("1/3 schema, 0 rows");
  expect(shown).toMatch(/\/3 public\.(customers|orders), \d+ rows/);
  const { password } = new URL(database.url);
  const files = await promisify(execFile)("grep", ["-rlE", `${password}|${KEY}`, join(app.root, "backups")]).catch(
    ({ stdout }: { stdout: string }) => ({ stdout }),
  );
  expect(files.stdout).toBe("");
  for (const text of [...finished.map(({ stdout, stderr }) => stdout + stderr), shown]) {
    expect(text).not.toContain(KEY);
    expect(text).not.toContain(password);
  }
});

it("says in its exit code and its words what went wrong", async () => {
  const run = (words: readonly string[], more: Record<string, string>): ReturnType<typeof hypertroq> =>
    hypertroq(["backup", ...words], { cwd: app.root, env: { ...env, ...more } });
  const other = Buffer.alloc(32, 1).toString("base64");
  const wrong = await run(["verify"], { BACKUP_KEY: other });
  expect(wrong).toMatchObject({ code: 1, stdout: "" });
  expect(wrong.stderr).toMatch(
    /^error: The backup \S+ was encrypted with another key than this one\.\ncode: BACKUP_KEY_UNFIT\n$/,
  );
  const words = await run(["restore", "--as", "x"], {});
  expect(words).toMatchObject({ code: 2, stderr: "error: --as needs --table\n" });
});
