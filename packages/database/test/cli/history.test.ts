import { expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { history, temporaryApp } from "../migrations/temporary-app.ts";
import { hypertroqEach } from "./hypertroq.ts";

test("verify and merge: what they print, and how they end", async () => {
  const wrong = { id: "r2", down: "r1", up: `op.createIndex("ix", "t1", ["id"]);` };
  const twin = (id: string): object => ({
    id,
    down: "r2",
    up: "op.sql`create table same (id integer)`;",
    back: "op.sql`drop table same`;",
  });
  await using app = await temporaryApp([...history(1), wrong, twin("a") as typeof wrong, twin("b") as typeof wrong]);
  await using database = await createTestDatabase();
  const [verified, one, unsure, collided, written] = await hypertroqEach(
    [
      ["verify"],
      ["verify", "r1", "--json"],
      ["merge", "heads", "--rev-id", "m", "--proof"],
      ["merge", "heads", "--rev-id", "m"],
      ["merge", "heads", "--rev-id", "m", "--no-proof"],
    ],
    { cwd: app.root, env: { DATABASE_URL: database.url } },
  );
  expect(verified).toEqual({
    code: 1,
    stdout: expect.stringMatching(
      /^r2 \(.*r2_x\.ts\): wrong\n {2}After its downgrade the database is not what it was before:\n {4}index ix is left\n {2}Its upgrade, run again/,
    ),
    stderr: "3 of 4 verified: up, down and up again, 1 wrong. Not all is well.\n",
  });
  expect(one).toMatchObject({ code: 0, stderr: "1 of 1 verified: up, down and up again.\n" });
  expect(JSON.parse(one!.stdout)).toMatchObject({
    ok: true,
    revisions: [{ revision: "r1", message: "does r1", outcome: "verified", problems: [] }],
  });
  expect(unsure).toMatchObject({ code: 2, stderr: expect.stringContaining("unknown option '--proof'") });
  expect(collided).toEqual({
    code: 1,
    stdout: "",
    stderr: expect.stringMatching(
      /^error: The branches of a, b do not commute:\n[\s\S]*table same[\s\S]*Nothing was written/,
    ),
  });
  expect(written).toMatchObject({ code: 0, stdout: "migrations/versions/m_merge_a_and_b.ts\n" });
});
