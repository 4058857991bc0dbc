import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { history, revisionText, type TemporaryApp, temporaryApp } from "../migrations/temporary-app.ts";
import { type Finished, hypertroqEach, hypertroqWarm } from "./hypertroq.ts";

const printed = (stdout: string): Finished => ({ code: 0, stdout, stderr: "" });

test("current: nothing, then the row, with and without words; --check-heads tells scripts", async () => {
  await using app = await temporaryApp(history(2));
  await using database = await createTestDatabase();
  const options = { cwd: app.root, env: { DATABASE_URL: database.url, EDITOR: "true" } };
  const [nothing, noShow, noEdit, , r1, behind, shown, noTerminal, , r2, verbose, json] = await hypertroqEach(
    [
      ["current"],
      ["show", "current"],
      ["edit", "current"],
      ["upgrade", "+1"],
      ["current"],
      ["current", "--check-heads"],
      ["show", "current"],
      ["edit", "current"],
      ["upgrade", "head"],
      ["current", "--check-heads"],
      ["current", "-v"],
      ["current", "--json"],
    ],
    options,
  );
  expect(nothing).toEqual({ code: 0, stdout: "", stderr: "No revision is applied.\n" });
  expect(noShow).toEqual({ code: 0, stdout: "", stderr: "No revision is applied.\n" });
  expect(noEdit).toEqual({ code: 1, stdout: "", stderr: "error: No revision is applied.\ncode: EDITOR_FAILED\n" });
  expect(r1).toEqual(printed("r1\n"));
  expect(shown!.stdout).toMatch(/^Rev: r1\nParent: <base>\n/);
  expect(noTerminal).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^error: There is no terminal to edit in\. To be edited: .*r1_x\.ts\ncode: EDITOR_FAILED\n$/,
    ),
  });
  expect(behind).toEqual({ code: 1, stdout: "r1\n", stderr: "Not applied: r2 (head)\n" });
  expect(r2).toEqual(printed("r2 (head)\n"));
  expect(verbose!.stdout).toContain(`Rev: r2 (head)\nParent: r1\nPath: ${join(app.migrations, "versions/r2_x.ts")}\n`);
  expect(verbose!.stderr).toMatch(/^Current revision of postgresql:\/\/postgres:\*\*\*@127\.0\.0\.1:/);
  const status = { current: ["r2"], heads: ["r2"], atHead: true, unknown: [], edited: [], unfinished: null };
  expect(JSON.parse(json!.stdout)).toEqual(status);
});

test("history, heads and show read the files alone", async () => {
  await using app = await temporaryApp(history(3));
  const options = { cwd: app.root, env: { DATABASE_URL: "postgresql://nobody@127.0.0.1:1/nothing" } };
  const [all, range, last, heads, none, shown, shownJson, historyJson, headsJson] = await hypertroqEach(
    [
      ["history"],
      ["history", "-r", "r1:r2"],
      ["history", "-r-1:head"],
      ["heads"],
      ["branches"],
      ["show", "r1"],
      ["show", "head-2", "--json"],
      ["history", "--json"],
      ["heads", "--json"],
    ],
    options,
  );
  expect(all).toEqual(printed("r2 -> r3 (head), does r3\nr1 -> r2, does r2\n<base> -> r1, does r1\n"));
  expect(range).toEqual(printed("r1 -> r2, does r2\n<base> -> r1, does r1\n"));
  expect(last).toEqual(printed("r2 -> r3 (head), does r3\nr1 -> r2, does r2\n"));
  expect(heads).toEqual(printed("r3 (head)\n"));
  expect(none).toEqual(printed(""));
  const r1 = {
    revision: "r1",
    downRevision: null,
    branchLabels: [],
    dependsOn: [],
    message: "does r1",
    createdAt: "2025-11-01T09:30:00Z",
    file: join(app.migrations, "versions/r1_x.ts"),
    head: false,
    effectiveHead: false,
    branchPoint: false,
    mergePoint: false,
  };
  expect(shown).toEqual(
    printed(`Rev: r1\nParent: <base>\nPath: ${r1.file}\nCreated: 2025-11-01T09:30:00Z\n\n    does r1\n\n`),
  );
  expect(JSON.parse(shownJson!.stdout)).toEqual([r1]);
  expect(JSON.parse(historyJson!.stdout)).toEqual([
    expect.objectContaining({ revision: "r3", downRevision: "r2", head: true }),
    expect.objectContaining({ revision: "r2" }),
    r1,
  ]);
  expect(JSON.parse(headsJson!.stdout)).toMatchObject([{ revision: "r3" }]);
});

/**
 * Two branches of a labelled one, merged again, and a branch beside them that one of them depends on:
 * `r1 -> { r2, s2 } -> m`, `x1 -> x2`, m depends on x2.
 */
async function branched(): Promise<TemporaryApp> {
  const app = await temporaryApp([...history(2), { id: "s2", down: "r1" }, { id: "x1" }, { id: "x2", down: "x1" }]);
  const change = (id: string, down: string | null, ...[before, after]: [string, string]): Promise<string> =>
    app.write(`migrations/versions/${id}_x.ts`, revisionText({ id, down }).replace(before, after));
  await change("x1", null, "branchLabels = null", 'branchLabels = ["billing"]');
  const merge = revisionText({ id: "m" })
    .replace("downRevision = null", 'downRevision = ["r2", "s2"]')
    .replace("dependsOn = null", 'dependsOn = "x2"');
  await app.write("migrations/versions/m.ts", merge);
  return app;
}

test("labels, effective heads, branch points and merge points are marked as Alembic marks them", async () => {
  await using app = await branched();
  await using database = await createTestDatabase();
  const [history, heads, real, branches, verbose, block, json, , current, indicated] = await hypertroqEach(
    [
      ["history"],
      ["heads"],
      ["heads", "--resolve-dependencies"],
      ["branches"],
      ["branches", "-v"],
      ["show", "m"],
      ["branches", "--json"],
      ["upgrade", "heads"],
      ["current"],
      ["history", "-i", "-r", "r2:m"],
    ],
    { cwd: app.root, env: { DATABASE_URL: database.url } },
  );
  expect(history!.stdout.split("\n").sort()).toEqual(
    [
      "r2, s2 (x2) -> m (head) (mergepoint), does m",
      "r1 -> s2, does s2",
      "r1 -> r2, does r2",
      "<base> -> r1 (branchpoint), does r1",
      "x1 -> x2 (billing) (effective head), does x2",
      "<base> -> x1 (billing), does x1",
      "",
    ].sort(),
  );
  expect(heads).toEqual(printed("m (head)\nx2 (billing) (effective head)\n"));
  expect(real).toEqual(printed("m (head)\n"));
  expect(branches).toEqual(printed("r1 (branchpoint)\n   -> r2\n   -> s2\n\n"));
  expect(verbose!.stdout).toContain("Branches into: r2, s2\n");
  expect(verbose!.stdout).toContain("\n   -> r2, does r2\n   -> s2, does s2\n");
  expect(block!.stdout).toContain("Rev: m (head) (mergepoint)\nMerges: r2, s2\nAlso depends on: x2\nPath: ");
  expect(JSON.parse(json!.stdout)).toMatchObject([
    { revision: "r1", branchPoint: true, branches: [{ revision: "r2" }, { revision: "s2", downRevision: "r1" }] },
  ]);
  expect(await database.query("select version_num from alembic_version")).toEqual([{ version_num: "m" }]);
  expect(current!.stdout.split("\n").sort()).toEqual(["", "m (head) (mergepoint)", "x2 (effective head)"]);
  expect(indicated!.stdout).toContain("-> m (head) (current) (mergepoint), does m\n");
});

test("what does not fit is said by current and by check: not applied, edited since, broken off", async () => {
  await using app = await temporaryApp([
    ...history(1),
    { id: "r2", down: "r1", up: "op.sql`create table kept ()`; op.sql`select no_such_function()`;" },
  ]);
  await using database = await createTestDatabase();
  const options = { cwd: app.root, env: { DATABASE_URL: database.url } };
  const file = join(app.migrations, "versions/r2_x.ts");
  await writeFile(file, `${await readFile(file, "utf8")}export const transaction = false;\n`);
  const [before, , well, failed, broken, check, json, rest] = await hypertroqEach(
    [
      ["check"],
      ["upgrade", "r1"],
      ["current"],
      ["upgrade", "head"],
      ["current"],
      ["check"],
      ["check", "--json"],
      ["upgrade", "--dry-run"],
    ],
    options,
  );
  expect(rest!.stdout).toBe(
    "-- upgrade r1 -> r2, does r2 (step by step, 1 done by an earlier run)\nselect no_such_function();\n\n",
  );
  expect(before).toEqual({
    code: 1,
    stdout: "",
    stderr: "r2 is not applied. Apply it with: hypertroq upgrade head\n",
  });
  expect(well).toEqual(printed("r1\n"));
  expect(failed!.code).toBe(1);
  const half = /The upgrade of r2 was broken off after 1 of its steps/;
  expect(broken).toEqual({ code: 0, stdout: "r1\n", stderr: expect.stringMatching(half) });
  expect(check).toEqual({ code: 1, stdout: "", stderr: expect.stringMatching(half) });
  expect(JSON.parse(json!.stdout)).toEqual({
    ok: false,
    detected: null,
    current: ["r1"],
    heads: ["r2"],
    atHead: false,
    unknown: [],
    missing: ["r2"],
    edited: [],
    unfinished: { revision: "r2", direction: "upgrade", stepsDone: 1, startedAt: expect.any(String) },
  });

  await writeFile(file, (await readFile(file, "utf8")).replace("select no_such_function()", "select 1"));
  const first = join(app.migrations, "versions/r1_x.ts");
  await writeFile(first, `${await readFile(first, "utf8")}// another thought\n`);
  const [mended, edited, checked, editedJson] = await hypertroqEach(
    [["upgrade", "head"], ["current"], ["check"], ["check", "--json"]],
    options,
  );
  expect(mended!.code).toBe(0);
  const changed = /r1_x\.ts was edited after it was applied/;
  expect(edited).toEqual({ code: 0, stdout: "r2 (head)\n", stderr: expect.stringMatching(changed) });
  expect(checked).toEqual({ code: 1, stdout: "", stderr: expect.stringMatching(changed) });
  const appliedAt = expect.any(String);
  expect(JSON.parse(editedJson!.stdout)).toMatchObject({
    ok: false,
    missing: [],
    edited: [{ revision: "r1", file: first, appliedAt }],
    unfinished: null,
  });
});

test("colours are for terminals, and for whom asks; NO_COLOR wins", async () => {
  await using app = await temporaryApp(history(1));
  const heads = (env: Record<string, string>) => hypertroqWarm(["heads"], { cwd: app.root, env });
  expect((await heads({})).stdout).toBe("r1 (head)\n");
  expect((await heads({ FORCE_COLOR: "1" })).stdout).toContain("\u001b[33mr1\u001b[39m");
  expect((await heads({ NO_COLOR: "1" })).stdout).toBe("r1 (head)\n");
});

test("a reader that stops reading is no error", async () => {
  await using app = await temporaryApp(history(1));
  const program = join(import.meta.dirname, "../../bin/hypertroq.js");
  const script = `"${process.execPath}" "${program}" history | true; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", script], { cwd: app.root, encoding: "utf8" });
  expect({ stdout, stderr }).toEqual({ stdout: "0\n", stderr: "" });
});

test("current and check tell of a row too many in the version table", async () => {
  await using app = await temporaryApp(history(3));
  await using database = await createTestDatabase();
  const options = { cwd: app.root, env: { DATABASE_URL: database.url } };
  await database.query(
    "create table alembic_version (version_num varchar(32) primary key); insert into alembic_version values ('r1'), ('r3')",
  );
  const [current, check] = await hypertroqEach([["current"], ["check"]], options);
  const problem = "alembic_version has a row too many: r1, which r3 needs and so stands for.";
  expect(current).toMatchObject({ code: 0, stdout: "r3 (head)\n", stderr: expect.stringContaining(problem) });
  expect(check).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining(problem) });
});
