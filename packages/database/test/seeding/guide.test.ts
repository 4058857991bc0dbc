import { execFile } from "node:child_process";
import { readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { hypertroq, hypertroqEach } from "../cli/hypertroq.ts";
import { onTerminal } from "../cli/on-terminal.ts";
import { type TemporaryApp, temporaryApp } from "../migrations/temporary-app.ts";

const REPOSITORY = join(import.meta.dirname, "../../../..");

let app: TemporaryApp;
let database: TestDatabase;
let guide: string;

/** The files that the guide's blocks are, by the name in their first line, in an app whose packages are the build. */
beforeAll(async () => {
  guide = await readFile(join(REPOSITORY, "docs/seeding.md"), "utf8");
  app = await temporaryApp();
  database = await createTestDatabase();
  await symlink(join(REPOSITORY, "node_modules"), join(app.root, "node_modules"));
  await app.write("package.json", '{ "type": "module" }');
  for (const [, name, text] of guide.matchAll(/^```ts\n\/\/ (\S+)\n(.*?)^```/gms)) await app.write(name!, text!);
  const base =
    "id uuid primary key, created_at timestamptz not null default now(), updated_at timestamptz not null default now()";
  await database.query(`
    create table plans (${base}, code varchar(20) not null unique, title text not null);
    create table members (${base}, email varchar(255) not null unique, name text not null,
      plan_id uuid not null references plans, hashed_password text not null)`);
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await database.drop();
});

it("the guide's commands say what it says that they say", async () => {
  const env = { DATABASE_URL: database.url };
  const blocks = [...guide.matchAll(/^```console\n(.*?)^```/gms)].map(([, block]) => block!);
  const shown = blocks.flatMap((block) => block.split(/^\$ /m).slice(1)).map((text) => text.split(/\n/));
  const commands = shown.filter(([command]) => command!.startsWith("hypertroq "));
  const runs = commands.map(([command]) => command!.split(" ").slice(1));
  const finished = await hypertroqEach(runs, { cwd: app.root, env });
  expect(finished.map(({ stdout, stderr }) => `${stdout}${stderr}`)).toEqual(
    commands.map(([, ...output]) => output.join("\n")),
  );
  expect(finished.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 1]);
  expect(shown.at(-1)).toEqual(["node src/prepare.ts", "plans: 0 + 2, members: 2 + 3", ""]);
  // Node 20 runs no TypeScript; the guide's reader has a newer one, or builds.
  const jiti = join(REPOSITORY, "node_modules/.bin/jiti");
  const { stdout } = await promisify(execFile)(jiti, ["src/prepare.ts"], {
    cwd: app.root,
    env: { ...process.env, ...env },
  });
  expect(stdout).toBe("plans: 0 + 2, members: 2 + 3\n");
});

it("shows on a terminal how far it is", async () => {
  const env = { DATABASE_URL: database.url };
  const shown = await onTerminal(["seed", "--only", "members", "--count", "2500"], { cwd: app.root, env });
  expect(shown).toContain("\r\u001b[K  members: 1,000 of 2,500 rows, 40 %\r\u001b[K");
  expect(shown).toMatch(/members {2}2,49\d added, 0 updated, \d unchanged\r\n/);
  expect(shown).toContain("exit 0");
});

it("says as JSON what came of it, and what is wrong with seeds that are none", async () => {
  const env = { DATABASE_URL: database.url, NODE_ENV: "production" };
  const { stdout } = await hypertroq(["seed", "--reference", "--json"], { cwd: app.root, env });
  expect(JSON.parse(stdout)).toEqual({
    environment: "production",
    dryRun: false,
    seeds: [{ seed: "plans", table: "plans", added: 0, updated: 0, unchanged: 2 }],
    notes: [],
  });
  await using empty = await createTestDatabase();
  const early = await hypertroq(["seed", "--reference"], { cwd: app.root, env: { DATABASE_URL: empty.url } });
  expect(early).toMatchObject({ code: 1, stderr: expect.stringContaining("at head? hypertroq upgrade head") });
  await empty.query("create table plans (id int)");
  const other = await hypertroq(["seed", "--reference"], { cwd: app.root, env: { DATABASE_URL: empty.url } });
  expect(other).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^In the seed plans, whose rows go to plans\.\n.*what the models describe\? hypertroq check\nerror: .*\ncode: UNDEFINED_COLUMN\n$/,
    ),
  });
  await app.write("hypertroq.config.ts", "export default { seeds: [1] };");
  const broken = await hypertroq(["seed"], { cwd: app.root, env });
  expect(broken).toMatchObject({ code: 1, stderr: expect.stringContaining("not an array of what defineSeed returns") });
});
