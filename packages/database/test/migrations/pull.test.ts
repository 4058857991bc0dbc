import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectOptions } from "../../src/connection/options.ts";
import type { Schema } from "../../src/index.ts";
import { compareInMemory, compareInScratch } from "../../src/migrations/autogenerate/compare-models.ts";
import { compareModels, pull, pullToFile } from "../../src/migrations/index.ts";
import { emptiedDatabase } from "./emptied-database.ts";
import { complaintsOf } from "./model-files.ts";
import { CASES } from "./pull-cases.ts";

const database = emptiedDatabase();

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** Inside the repository, so that the file finds the package. */
let directory: string;
beforeAll(async () => {
  const cache = join(root, "node_modules/.cache");
  await mkdir(cache, { recursive: true });
  directory = await mkdtemp(join(cache, "pull-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const connectTo = ({ url }: { readonly url: string }) => connectOptions({ url });
const schemaOf = async (file: string): Promise<Schema> =>
  ((await import(/* @vite-ignore */ file)) as { readonly schema: Schema }).schema;

let made = 0;

test.each(CASES)("$name", async ({ sql, says = [] }) => {
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
  const names = (await readdir(directory)).filter((name) => /^models\d+\.ts$/.test(name));
  expect(await complaintsOf(names.map((name) => join(directory, name)))).toBe("");
});

test("what models cannot describe is told, and stands in the file", async () => {
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

test("what models cannot say of constraints stays as it is, and is no difference; what was not validated is one", async () => {
  await database.query(`
    create extension btree_gist;
    create table ts (id int, a int unique, constraint ts_pkey primary key (id) include (a) deferrable);
    create table pairs (x int, y int, primary key (x, y));
    create table ss (id int primary key, a int, b bigint constraint other_type references ts (a) on update cascade,
      c int constraint checked check (c > 0) no inherit, constraint one unique (a) include (b) with (fillfactor = 60),
      constraint apart exclude using gist (c with =) include (a), constraint whole foreign key (id, a) references pairs match full,
      constraint part foreign key (id, a) references pairs on delete set null (a) deferrable)`);
  const file = join(directory, "constraints.ts");
  await pullToFile({ connect: connectTo(database), file });
  const options = { connect: connectTo(database), schema: await schemaOf(file) };
  for (const how of [compareInMemory, compareInScratch]) {
    const found = await how(options);
    expect(found?.detected).toEqual([]);
    expect(found?.leftAlone).toContain("constraint public.ss.other_type");
  }
  await database.query(
    "alter table ss drop constraint part, add constraint part foreign key (id, a) references pairs on delete set null (a) deferrable not valid",
  );
  for (const how of [compareInMemory, compareInScratch]) {
    expect((await how(options))?.detected).toEqual(["Detected unvalidated constraint 'part' on 'ss'"]);
  }
  // What models can say, and do not, goes.
  await database.query("alter table ss validate constraint part, alter b type int");
  const models = (await readFile(file, "utf8")).replace("b: bigint()", "b: integer()");
  await writeFile(join(directory, "other-constraints.ts"), models);
  const schema = await schemaOf(join(directory, "other-constraints.ts"));
  for (const how of [compareInMemory, compareInScratch]) {
    expect((await how({ ...options, schema }))?.detected).toEqual([
      "Detected removed foreign key 'other_type' on 'ss'",
    ]);
  }
});

test("a file that is there is not replaced without being told", async () => {
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
  await expect(pullToFile({ connect: connectTo(database), file: "/proc/models.ts" })).rejects.toMatchObject({
    code: "REVISION_NOT_WRITTEN",
  });
  await expect(
    pullToFile({ connect: connectTo(database), file: join(directory, "kept"), force: true }),
  ).rejects.toMatchObject({ code: "REVISION_NOT_WRITTEN" });
  expect((await readdir(directory)).filter((name) => name.endsWith(".draft"))).toEqual([]);
});

test("one schema of several", async () => {
  await database.query("create schema a; create table a.x (id int); create table y (id int)");
  const { text } = await pull({ connect: connectTo(database), schemas: ["a"] });
  expect(text).toContain("class X extends");
  expect(text).not.toContain("class Y extends");
});
