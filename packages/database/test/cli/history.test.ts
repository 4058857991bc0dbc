import { watch } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { createRevision, ScriptDirectory } from "../../src/migrations/index.ts";
import { history, type RevisionSource, temporaryApp } from "../migrations/temporary-app.ts";
import { hypertroqEach, start } from "./hypertroq.ts";

test("verify, merge and squash: what they print, and how they end", async () => {
  const wrong = { id: "r2", down: "r1", up: `op.createIndex("ix", "t1", ["id"]);` };
  const twin = (id: string): RevisionSource => ({
    id,
    down: "r2",
    up: "op.sql`create table same (id integer)`;",
    back: "op.sql`drop table same`;",
  });
  await using app = await temporaryApp([...history(1), wrong, twin("a"), twin("b")]);
  await using database = await createTestDatabase();
  const [verified, one, collided, written, squashed, refused] = await hypertroqEach(
    [
      ["verify"],
      ["verify", "r1", "--json"],
      ["merge", "heads", "--rev-id", "m"],
      ["merge", "heads", "--rev-id", "m", "--no-proof"],
      ["squash", "r1:r2", "--last-in", "v1"],
      ["squash", "r2:m"],
    ],
    { cwd: app.root, env: { DATABASE_URL: database.url } },
  );
  expect(verified).toEqual({
    code: 1,
    stdout: expect.stringMatching(
      /^r2 \(.*r2_x\.ts\): wrong\n {2}After its downgrade the database is not what it was before:\n {4}index \S*ix is left\n {2}Its upgrade, run again/,
    ),
    stderr: "2 of 4 verified: up, down and up again, 2 wrong. Not all is well.\n",
  });
  expect(one).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(one!.stdout)).toMatchObject({
    ok: true,
    revisions: [{ revision: "r1", message: "does r1", outcome: "verified", problems: [] }],
  });
  expect(collided).toEqual({
    code: 1,
    stdout: "",
    stderr: expect.stringMatching(
      /^error: The branches of a, b do not commute:\n[\s\S]*table \S*same[\s\S]*Nothing was written/,
    ),
  });
  expect(written).toMatchObject({ code: 0, stdout: "migrations/versions/m_merge_a_and_b.ts\n" });
  expect(squashed).toEqual({
    code: 0,
    stdout: "migrations/versions/r2_squash_of_r1_to_r2.ts\n",
    stderr: "It replaces r1, r2; their files are removed. Deploy it where every database is at r2.\n",
  });
  expect(refused).toEqual({
    code: 1,
    stdout: "",
    stderr: expect.stringContaining("- m follows a, b, and would have to"),
  });
});

test.each([/\.draft\./, /^r3_squash/])(
  "a squash that is killed when there is a file %s has happened or has not",
  async (seen) => {
    await using app = await temporaryApp(history(4));
    await using database = await createTestDatabase();
    const versions = join(app.migrations, "versions");
    const { process, finished } = start(["squash", "r1:r3"], { cwd: app.root, env: { DATABASE_URL: database.url } });
    const watcher = watch(versions, (_, name) => {
      if (seen.test(name ?? "")) process.kill("SIGKILL");
    });
    await finished;
    watcher.close();
    const { graph } = await ScriptDirectory.load(app.migrations);
    expect([
      ["r1", "r2", "r3", "r4"],
      ["r3", "r4"],
    ]).toContainEqual(graph.order);
    await createRevision({ directory: app.migrations, id: "r5" });
    expect((await readdir(versions)).map((name) => name.split("_")[0]).sort()).toEqual([...graph.order, "r5"]);
  },
);
