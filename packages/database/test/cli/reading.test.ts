import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { history, revisionText, temporaryApp } from "../migrations/temporary-app.ts";
import { hypertroq } from "./hypertroq.ts";

test("current: nothing, then the row, with and without words; --check-heads tells scripts", async () => {
  await using app = await temporaryApp(history(2));
  await using database = await createTestDatabase();
  const options = { cwd: app.root, env: { DATABASE_URL: database.url } };
  expect(await hypertroq(["current"], options)).toEqual({ code: 0, stdout: "", stderr: "No revision is applied.\n" });
  await hypertroq(["upgrade", "+1"], options);
  expect(await hypertroq(["current"], options)).toEqual({ code: 0, stdout: "r1\n", stderr: "" });
  expect(await hypertroq(["current", "--check-heads"], options)).toEqual({
    code: 1,
    stdout: "r1\n",
    stderr: "Not applied: r2 (head)\n",
  });
  await hypertroq(["upgrade", "head"], options);
  expect(await hypertroq(["current", "--check-heads"], options)).toEqual({
    code: 0,
    stdout: "r2 (head)\n",
    stderr: "",
  });

  const verbose = await hypertroq(["current", "-v"], options);
  expect(verbose.stdout).toContain(`Rev: r2 (head)\nParent: r1\nPath: ${join(app.migrations, "versions/r2_x.ts")}\n`);
  expect(verbose.stderr).toMatch(/^Current revision of postgresql:\/\/postgres:\*\*\*@127\.0\.0\.1:/);

  const { stdout } = await hypertroq(["current", "--json"], options);
  expect(JSON.parse(stdout)).toEqual({ current: ["r2"], heads: ["r2"], atHead: true, unknown: [] });
});

test("history, heads and show read the files alone", async () => {
  await using app = await temporaryApp(history(3));
  const options = { cwd: app.root, env: { DATABASE_URL: "postgresql://nobody@127.0.0.1:1/nothing" } };
  expect(await hypertroq(["history"], options)).toEqual({
    code: 0,
    stdout: "r2 -> r3 (head), does r3\nr1 -> r2, does r2\n<base> -> r1, does r1\n",
    stderr: "",
  });
  expect((await hypertroq(["history", "-r", "r1:r2"], options)).stdout).toBe(
    "r1 -> r2, does r2\n<base> -> r1, does r1\n",
  );
  expect((await hypertroq(["history", "-r-1:head"], options)).stdout).toBe(
    "r2 -> r3 (head), does r3\nr1 -> r2, does r2\n",
  );
  expect((await hypertroq(["heads"], options)).stdout).toBe("r3 (head)\n");
  const r1 = {
    revision: "r1",
    downRevision: null,
    message: "does r1",
    createdAt: "2025-11-01T09:30:00Z",
    file: join(app.migrations, "versions/r1_x.ts"),
    head: false,
  };
  expect(JSON.parse((await hypertroq(["show", "head-2", "--json"], options)).stdout)).toEqual([r1]);
  expect(JSON.parse((await hypertroq(["history", "--json"], options)).stdout)).toEqual([
    expect.objectContaining({ revision: "r3", downRevision: "r2", head: true }),
    expect.objectContaining({ revision: "r2" }),
    r1,
  ]);
  expect(JSON.parse((await hypertroq(["heads", "--json"], options)).stdout)).toMatchObject([{ revision: "r3" }]);
  expect((await hypertroq(["show", "r1"], options)).stdout).toBe(
    `Rev: r1\nParent: <base>\nPath: ${r1.file}\nCreated: 2025-11-01T09:30:00Z\n\n    does r1\n\n`,
  );
  expect((await hypertroq(["heads", "-v"], options)).stdout).toContain("Rev: r3 (head)\nParent: r2\n");
});

test("history -i marks where the database is, and current can end a range", async () => {
  await using app = await temporaryApp(history(3));
  await using database = await createTestDatabase();
  const options = { cwd: app.root, env: { DATABASE_URL: database.url } };
  await hypertroq(["upgrade", "r2"], options);
  expect((await hypertroq(["history", "-i"], options)).stdout).toBe(
    "r2 -> r3 (head), does r3\nr1 -> r2 (current), does r2\n<base> -> r1, does r1\n",
  );
  expect((await hypertroq(["history", "-r", "current:"], options)).stdout).toBe(
    "r2 -> r3 (head), does r3\nr1 -> r2, does r2\n",
  );
  const { stdout } = await hypertroq(["history", "-i", "--json", "-r", ":current"], options);
  expect(JSON.parse(stdout)).toMatchObject([
    { revision: "r2", current: true },
    { revision: "r1", current: false },
  ]);
});

test("two heads, a branch point and a merge point are marked", async () => {
  await using app = await temporaryApp([...history(2), { id: "side", down: "r1" }]);
  expect((await hypertroq(["heads"], { cwd: app.root })).stdout).toBe("r2 (head)\nside (head)\n");
  const merge = revisionText({ id: "m" }).replace("downRevision = null", 'downRevision = ["r2", "side"]');
  await app.write("migrations/versions/m.ts", merge);
  const { stdout } = await hypertroq(["history"], { cwd: app.root });
  expect(stdout).toContain("r2, side -> m (head) (mergepoint), does m\n");
  expect(stdout).toContain("<base> -> r1 (branchpoint), does r1\n");
});

test("colours are for terminals, and for whom asks; NO_COLOR wins", async () => {
  await using app = await temporaryApp(history(1));
  const heads = (env: Record<string, string>) => hypertroq(["heads"], { cwd: app.root, env });
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
