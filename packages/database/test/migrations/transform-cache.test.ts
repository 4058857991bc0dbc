import { spawn } from "node:child_process";
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { modulesOf } from "../../../../test/loaded-modules.ts";
import { sample } from "../../../../test/sample.ts";
import { remembering, type Source } from "../../src/migrations/script/transform-cache.ts";
import { hypertroq, PROGRAM } from "../cli/hypertroq.ts";
import { history, revisionText, type TemporaryApp, temporaryApp } from "./temporary-app.ts";

/** An app in TypeScript with two revisions and a `node_modules`, and what stands for its cache. */
async function app(): Promise<TemporaryApp & { cache: string }> {
  const made = await temporaryApp(history(2));
  await rm(join(made.root, "hypertroq.config.mjs"));
  await made.write("hypertroq.config.ts", "const migrations: object = {};\nexport default { migrations };\n");
  await mkdir(join(made.root, "node_modules"));
  return Object.assign(made, { cache: join(made.root, "node_modules/.cache/hypertroq") });
}

const HEAD = { code: 0, stdout: "r2 (head)\n", stderr: "" };
const ENTRY = /^[0-9a-f]{32}\.js$/;

/** A Node that strips types itself has nothing to keep. */
const stripsTypes = Boolean((process.features as { typescript?: string | false }).typescript);

/** A translator that counts, with a cache in a directory of its own. */
async function counting(): Promise<TemporaryApp & { cache: string; work: (text: string, version?: string) => number }> {
  const made = await temporaryApp();
  const cache = join(made.root, "cache");
  let count = 0;
  const translate = ({ source }: Source): string => {
    count++;
    return `translated\n${source}`;
  };
  const work = (source: string, version = "1"): number => {
    const before = count;
    expect(remembering(cache, version, translate)({ source, filename: "/a.ts" })).toBe(`translated\n${source}`);
    return count - before;
  };
  return Object.assign(made, { cache, work });
}

test("what was translated is kept until the source is another, or the translator is", async () => {
  await using it = await counting();
  expect([it.work("a\nb\n"), it.work("a\nb\n"), it.work("a\nc\n"), it.work("a\nc\n")]).toEqual([1, 0, 1, 0]);
  expect([it.work("a\nc\n", "2"), it.work("a\nc\n", "2"), it.work("a\nc\n")]).toEqual([1, 0, 1]);
  expect(await readdir(it.cache)).toEqual([expect.stringMatching(ENTRY)]);
});

test.each([
  ["cut short", (text: string) => text.slice(0, -1)],
  ["longer", (text: string) => `${text}\n`],
  ["empty", () => ""],
  ["one letter is another", (text: string) => text.replace("translated", "translates")],
  ["not text", () => "\0\x01\x02"],
])("a damaged entry is not believed but written again: %s", async (_, damage) => {
  await using it = await counting();
  it.work("let a");
  const file = join(it.cache, (await readdir(it.cache))[0]!);
  const whole = await readFile(file, "utf8");
  await writeFile(file, damage(whole));
  expect(it.work("let a")).toBe(1);
  expect(await readFile(file, "utf8")).toBe(whole);
});

test("the program keeps its translations, and sees an edit", async () => {
  await using it = await app();
  for (let time = 0; time < 2; time++) expect(await hypertroq(["heads"], { cwd: it.root })).toEqual(HEAD);
  const kept = await readdir(it.cache).catch(() => []);
  expect(kept).toHaveLength(stripsTypes ? 0 : 3);
  await it.write("migrations/versions/r2_x.ts", revisionText({ id: "r3", down: "r1" }));
  expect((await hypertroq(["heads"], { cwd: it.root })).stdout).toBe("r3 (head)\n");
  expect(await readdir(it.cache).catch(() => [])).toEqual(kept);
});

test("an entry is never there in part: another is put in its place", async () => {
  await using it = await counting();
  it.work("a");
  const file = join(it.cache, (await readdir(it.cache))[0]!);
  const inode = (await stat(file)).ino;
  it.work("b");
  expect((await stat(file)).ino).not.toBe(inode); // another file, put in its place
});

test("programs that fill it at the same time do not meet", async () => {
  await using it = await app();
  const all = await Promise.all(Array.from({ length: 3 }, () => hypertroq(["heads"], { cwd: it.root })));
  expect(all).toEqual(all.map(() => HEAD));
  const left = await readdir(it.cache).catch(() => []);
  expect(left.filter((name) => !ENTRY.test(name))).toEqual([]);
});

test.each(sample(["a file", "a dangling link"], 1))("nothing can be written: %s is in its place", async (kind) => {
  await using it = await app();
  const place = join(it.root, "node_modules/.cache");
  await (kind === "a file" ? writeFile(place, "") : symlink("/nowhere/at/all", place));
  expect(await hypertroq(["heads"], { cwd: it.root })).toEqual(HEAD);
});

test("no node_modules: none is made", async () => {
  await using it = await app();
  await rm(join(it.root, "node_modules"), { recursive: true });
  expect(await hypertroq(["heads"], { cwd: it.root })).toEqual(HEAD);
  expect((await readdir(it.root)).sort()).toEqual(["hypertroq.config.ts", "migrations"]);
});

test("a disk that takes nothing, and one that takes half: the work is done and nothing is left behind", async () => {
  await using it = await app();
  for (const blocks of [0, 1]) {
    // The largest file that may be written, which Linux refuses beyond like a disk that is full.
    const child = spawn("sh", ["-c", `ulimit -f ${blocks}; exec "$0" "$@"`, process.execPath, PROGRAM, "heads"], {
      cwd: it.root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const texts = await Promise.all(
      [child.stdout, child.stderr].map(async (stream) => (await stream.toArray()).join("")),
    );
    expect(texts).toEqual(["r2 (head)\n", ""]);
    const left = await readdir(it.cache).catch(() => []);
    expect(left.filter((name) => !ENTRY.test(name))).toEqual([]);
    for (const name of left) expect((await readFile(join(it.cache, name), "utf8")).length).toBeLessThanOrEqual(1024);
  }
  expect(await hypertroq(["heads"], { cwd: it.root })).toEqual(HEAD);
});

test("a class of the library's is one class for the program and for what it loads, linked into node_modules too", async () => {
  await using it = await temporaryApp();
  const library = fileURLToPath(new URL("../..", import.meta.url));
  await mkdir(join(it.root, "node_modules/@hypertroq"), { recursive: true });
  await symlink(library, join(it.root, "node_modules/@hypertroq/database"));
  const revision = revisionText({ id: "r1", up: 'throw new errors.SettingsError(["x is y"]);' });
  await it.write("migrations/versions/r1_x.ts", `import { errors } from "@hypertroq/database";\n${revision}`);
  await it.write(
    "program.mjs",
    `import { errors } from "@hypertroq/database";
    import { ScriptDirectory } from "@hypertroq/database/migrations";
    const script = await ScriptDirectory.load("migrations");
    try { script.get("r1").upgrade({}); } catch (error) { console.log(error instanceof errors.DatabaseError); }`,
  );
  expect((await modulesOf(["program.mjs"], { cwd: it.root })).stdout).toBe("true\n");
});
