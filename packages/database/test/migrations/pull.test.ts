import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { connectOptions } from "../../src/connection/options.ts";
import type { Schema } from "../../src/index.ts";
import { compareModels, pull, pullToFile } from "../../src/migrations/index.ts";
import { CASES } from "./pull-cases.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** Inside the repository, so that the file finds the package. */
let directory: string;
beforeAll(async () => {
  const cache = join(root, "node_modules/.cache");
  await mkdir(cache, { recursive: true });
  directory = await mkdtemp(join(cache, "pull-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const connectTo = ({ url }: TestDatabase) => connectOptions({ url });
const schemaOf = async (file: string): Promise<Schema> =>
  ((await import(/* @vite-ignore */ file)) as { readonly schema: Schema }).schema;

let made = 0;

test.each(CASES)("$name", async ({ sql, says = [] }) => {
  await using database = await createTestDatabase();
  await database.query(sql);
  const file = join(directory, `models${++made}.ts`);
  const pulled = await pullToFile({ connect: connectTo(database), file });
  const text = await readFile(file, "utf8");
  expect(text).toBe(pulled.text);
  for (const part of says) expect(text).toContain(part);
  expect(pulled.unsupported).toEqual([]);
  const schema = await schemaOf(file);
  expect((await compareModels({ connect: connectTo(database), schema })).detected, text).toEqual([]);
});

test("what is written is formatted, and type-checks", async () => {
  expect(made).toBe(CASES.length);
  const outside = await mkdtemp(join(tmpdir(), "hypertroq-test-")); // what is in node_modules is formatted by nobody
  try {
    const names = (await readdir(directory)).filter((name) => /^models\d+\.ts$/.test(name));
    for (const name of names) await copyFile(join(directory, name), join(outside, name));
    const { vcs: _, $schema: __, ...biome } = JSON.parse(await readFile(join(root, "biome.json"), "utf8"));
    await writeFile(join(outside, "biome.json"), JSON.stringify(biome));
    await writeFile(join(outside, "package.json"), JSON.stringify({ type: "module" }));
    const compilerOptions = {
      ...{ noEmit: true, composite: false, incremental: false, allowImportingTsExtensions: true, rootDir: "/" },
      ...{ types: ["node"], typeRoots: [join(root, "node_modules/@types")], rewriteRelativeImportExtensions: false },
      paths: { "@hypertroq/database": [join(root, "packages/database/src/index.ts")] },
    };
    const config = { extends: join(root, "tsconfig.base.json"), compilerOptions, include: ["*.ts"] };
    await writeFile(join(outside, "tsconfig.json"), JSON.stringify(config));
    const run = (program: string, ...words: readonly string[]): Promise<string> =>
      promisify(execFile)(join(root, "node_modules/.bin", program), words, { cwd: outside }).then(
        () => "",
        ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr,
      );
    expect(await run("biome", "check", "--error-on-warnings", ...names)).toBe("");
    expect(await run("tsc", "-p", ".")).toBe("");
  } finally {
    await rm(outside, { recursive: true, force: true });
  }
});

test("what models cannot describe is told, and stands in the file", async () => {
  await using database = await createTestDatabase();
  await database.query(`
    create domain email as text check (value like '%@%');
    create unlogged table us (id int constraint the_key primary key) with (fillfactor = 70);
    create table ts (id int primary key);
    create table ss (id int primary key generated always as identity (start 5), a int, b bigint references ts, c int check (c > 0));
    alter table ss add foreign key (a) references ts not valid, add check (a > 0) no inherit;
    create table foreigners (id int references ss match full);`);
  const { text, unsupported } = await pull({ connect: connectTo(database) });
  for (const what of [
    /email/,
    /unlogged/,
    /storage parameters of table us/,
    /the foreign key ss_b_fkey of table ss, because its columns are of other types/,
    /that the foreign key ss_a_fkey of table ss is not valid/,
    /the check ss_a_check of table ss is not valid, or not inherited/,
    /what the foreign key foreigners_id_fkey of table foreigners sets, or how it matches/,
  ]) {
    expect(unsupported).toContainEqual(expect.stringMatching(what));
    expect(text).toMatch(new RegExp(`^// - .*${what.source}`, "m"));
  }
});

test("a file that is there is not replaced without being told", async () => {
  await using database = await createTestDatabase();
  await database.query("create table users (id int primary key)");
  const file = join(directory, "kept", "models.ts");
  await mkdir(join(directory, "kept"));
  await writeFile(file, "mine");
  const connect = connectTo(database);
  await expect(pullToFile({ connect, file })).rejects.toThrow("it exists already; say --force to replace it");
  expect(await readFile(file, "utf8")).toBe("mine");
  const { text } = await pullToFile({ connect, file, force: true });
  expect(await readFile(file, "utf8")).toBe(text);
  expect(await readdir(join(directory, "kept"))).toEqual(["models.ts"]);
});

test("where there is no room nothing is written", async () => {
  await using database = await createTestDatabase();
  await expect(pullToFile({ connect: connectTo(database), file: "/proc/models.ts" })).rejects.toMatchObject({
    code: "REVISION_NOT_WRITTEN",
  });
  await expect(
    pullToFile({ connect: connectTo(database), file: join(directory, "kept"), force: true }),
  ).rejects.toMatchObject({ code: "REVISION_NOT_WRITTEN" });
  expect((await readdir(directory)).filter((name) => name.endsWith(".draft"))).toEqual([]);
});

test("one schema of several", async () => {
  await using database = await createTestDatabase();
  await database.query("create schema a; create table a.x (id int); create table y (id int)");
  const { text } = await pull({ connect: connectTo(database), schemas: ["a"] });
  expect(text).toContain("class X extends");
  expect(text).not.toContain("class Y extends");
});
