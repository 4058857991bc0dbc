import { createHash } from "node:crypto";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ScriptDirectory } from "../../src/migrations/index.ts";
import { history, revisionText, temporaryApp } from "./temporary-app.ts";

test("loads .ts, .js and .mjs files whatever they are called, and nothing else", async () => {
  await using app = await temporaryApp(history(2));
  const plain = revisionText({ id: "r3", down: "r2" })
    .replace(/^import.*\n/, "")
    .replaceAll(": Operations): void", ")");
  await app.write("migrations/versions/third.mjs", plain);
  await app.write("migrations/versions/r4_x.d.ts", "export const revision: string;");
  await app.write("migrations/versions/.r5.draft", "half");
  await app.write("migrations/versions/README.md", "# revisions");
  const script = await ScriptDirectory.load(app.migrations);
  expect(script.graph.order).toEqual(["r1", "r2", "r3"]);
  expect(script.get("r3")).toMatchObject({ down: ["r2"], message: "does r3", createdAt: "2025-11-01T09:30:00Z" });
});

test("history reads ranges like Alembic's", async () => {
  await using app = await temporaryApp(history(5));
  const script = await ScriptDirectory.load(app.migrations);
  const ids = (range?: string, current?: string[]): string[] => script.history(range, current).map(({ id }) => id);
  expect(ids()).toEqual(["r5", "r4", "r3", "r2", "r1"]);
  expect(ids("r2:r4")).toEqual(["r4", "r3", "r2"]);
  expect(ids("r4:")).toEqual(["r5", "r4"]);
  expect(ids(":r2")).toEqual(["r2", "r1"]);
  expect(ids("base:head-3")).toEqual(["r2", "r1"]);
  expect(ids("-2:current", ["r4"])).toEqual(["r4", "r3", "r2"]);
  expect(ids("current:+1", ["r2"])).toEqual(["r3", "r2"]);
  expect(ids("-9:r2")).toEqual(["r2", "r1"]);
  expect(() => ids("r1")).toThrow(expect.objectContaining({ code: "INVALID_RANGE", range: "r1" }));
  expect(() => ids("r1:r2:r3")).toThrow(expect.objectContaining({ code: "INVALID_RANGE" }));
  expect(() => ids("r1:nope")).toThrow(expect.objectContaining({ code: "UNKNOWN_REVISION", revision: "nope" }));
});

test("no directory, and a file in its place, are named", async () => {
  await using app = await temporaryApp();
  const directory = join(app.migrations, "versions");
  await expect(ScriptDirectory.load(app.migrations)).rejects.toMatchObject({
    code: "MIGRATIONS_DIRECTORY_MISSING",
    directory,
    message: expect.stringContaining("does not exist"),
  });
  await app.write("migrations/versions", "a file");
  await expect(ScriptDirectory.load(app.migrations)).rejects.toMatchObject({
    message: expect.stringContaining("is no directory"),
  });
});

const good = revisionText({ id: "r1" });

/** Node's own type stripping gives no line in the message. */
const atLine = (line: number): string => ("typescript" in process.features ? "r1_broken.ts" : `at line ${line}`);

test.each([
  ["an empty file", "  \n", "it is empty"],
  ["a file cut off in the middle of a word", good.slice(0, good.indexOf("downgrade(op: Oper") + 15), atLine(14)],
  ["a syntax error", good.replace("n = null", "n = = null"), atLine(4)],
  ["a file cut off between two functions", good.slice(0, good.indexOf("export function downgrade")), "downgrade"],
  ["a file without its metadata", "export function upgrade() {}", "does not export revision"],
  ["an id of the wrong kind", good.replace('"r1"', "7"), "its revision is not a string"],
  ["a parent of the wrong kind", good.replace("downRevision = null", "downRevision = 3"), "its downRevision is not"],
  ["a time that is none", good.replace("2025-11-01T09:30:00Z", "yesterday"), "its createdAt is not"],
  [
    "a transaction of the wrong kind",
    `${good}export const transaction = "no";`,
    "its transaction is not true or false",
  ],
  ["consent without names", `${good}export const allowDrop = "users";`, "its allowDrop is not an array of names"],
  ["a module that throws", `${good}\nthrow new Error("broken on purpose");`, "broken on purpose"],
  ["a module that imports what is not there", `import "./nothing.ts";\n${good}`, "nothing.ts"],
])("%s is refused by name", async (_, text, reason) => {
  await using app = await temporaryApp();
  const file = await app.write("migrations/versions/r1_broken.ts", text);
  await expect(ScriptDirectory.load(app.migrations)).rejects.toMatchObject({
    code: "REVISION_FILE_INVALID",
    file,
    message: expect.stringContaining(reason),
  });
});

test("everything missing from a file is listed at once", async () => {
  await using app = await temporaryApp();
  await app.write("migrations/versions/r1.ts", 'export const revision = "r1"; export const message = 1;');
  const error: Error = await ScriptDirectory.load(app.migrations).then(
    () => expect.fail("it loaded"),
    (reason) => reason,
  );
  for (const name of ["downRevision", "message", "createdAt", "upgrade", "downgrade"]) {
    expect(error.message).toContain(name);
  }
});

test("a file says how it runs, what it may destroy, and what it holds whatever its line ends", async () => {
  const text = revisionText({ id: "r1" });
  const load = async (written: string) => {
    await using app = await temporaryApp();
    await app.write("migrations/versions/r1.ts", written);
    return (await ScriptDirectory.load(app.migrations)).get("r1");
  };
  const plain = await load(text);
  expect(plain).toMatchObject({ transaction: undefined, allowDrop: [] });
  expect(plain.checksum).toBe(createHash("sha256").update(text).digest("hex"));
  expect((await load(text.replaceAll("\n", "\r\n"))).checksum).toBe(plain.checksum);

  const more = 'export const transaction = false;\nexport const allowDrop = ["users.nickname"];\n';
  const outside = await load(text + more);
  expect(outside).toMatchObject({ transaction: false, allowDrop: ["users.nickname"] });
  expect(outside.checksum).not.toBe(plain.checksum);
});

test("one id in two files, a missing parent and a circle name the files", async () => {
  await using twice = await temporaryApp(history(1));
  const twin = await twice.write("migrations/versions/other.ts", good);
  await expect(ScriptDirectory.load(twice.migrations)).rejects.toMatchObject({
    code: "DUPLICATE_REVISION",
    files: expect.arrayContaining([twin, join(twice.migrations, "versions/r1_x.ts")]),
  });

  await using orphan = await temporaryApp([{ id: "r2", down: "r1" }]);
  await expect(ScriptDirectory.load(orphan.migrations)).rejects.toMatchObject({
    code: "MISSING_PARENT",
    message: expect.stringContaining("r2_x.ts"),
  });

  await using circle = await temporaryApp([
    { id: "a", down: "b" },
    { id: "b", down: "a" },
  ]);
  await expect(ScriptDirectory.load(circle.migrations)).rejects.toMatchObject({
    code: "REVISION_CYCLE",
    message: expect.stringMatching(/a_x\.ts.*b_x\.ts/),
  });
});

test("an unreadable file is named", async () => {
  await using app = await temporaryApp();
  const file = await app.write("migrations/versions/r1.ts", good);
  if (process.getuid?.() === 0) {
    // Root may read anything; a directory of that name is what even root cannot read.
    await using other = await temporaryApp();
    await other.write("migrations/versions/r1.ts/keep", "");
    await expect(ScriptDirectory.load(other.migrations)).rejects.toMatchObject({
      code: "REVISION_FILE_INVALID",
      message: expect.stringContaining("EISDIR"),
    });
    return;
  }
  await chmod(file, 0);
  await expect(ScriptDirectory.load(app.migrations)).rejects.toMatchObject({
    code: "REVISION_FILE_INVALID",
    message: expect.stringContaining("EACCES"),
  });
  await writeFile(file, good, { mode: 0o600 });
});
