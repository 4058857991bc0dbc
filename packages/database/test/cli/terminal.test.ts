import { join } from "node:path";
import { expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { history, revisionText, type TemporaryApp, temporaryApp } from "../migrations/temporary-app.ts";
import { onTerminal } from "./on-terminal.ts";

const lines = (shown: string): string => shown.replaceAll("\r\n", "\n");

/** Two branches merged again, one beside them with a label, and a message that is too long for the terminal. */
async function branched(): Promise<TemporaryApp> {
  const app = await temporaryApp([
    ...history(2),
    { id: "s2", down: "r1" },
    { id: "s3", down: "s2", message: "a message that does not fit on a line of sixty columns" },
    { id: "x2", down: "x1" },
    { id: "last", down: "m" },
  ]);
  const versions = "migrations/versions";
  await app.write(
    `${versions}/x1.ts`,
    revisionText({ id: "x1" }).replace("branchLabels = null", 'branchLabels = "billing"'),
  );
  const merge = revisionText({ id: "m" }).replace("downRevision = null", 'downRevision = ["r2", "s3"]');
  await app.write(`${versions}/m.ts`, merge.replace("dependsOn = null", 'dependsOn = "x1"'));
  return app;
}

test("history is a graph in colours, cut to the terminal's width, with full knots where the database is", async () => {
  await using app = await branched();
  await using database = await createTestDatabase();
  await database.query("create table alembic_version (version_num varchar(32) primary key)");
  await database.query("insert into alembic_version values ('r2'), ('x1')");
  const shown = await onTerminal(["history", "-i"], { cwd: app.root, env: { DATABASE_URL: database.url } });
  await expect(lines(shown)).toMatchFileSnapshot("terminal/history.txt");
});

test("NO_COLOR takes the colours away and leaves the lanes; -v has several lines beside them", async () => {
  await using app = await branched();
  const shown = await onTerminal(["history", "-v", "-r", "r1:m"], { cwd: app.root, env: { NO_COLOR: "1" } });
  await expect(lines(shown).replaceAll(/Path: .*/g, "Path: …")).toMatchFileSnapshot("terminal/history-verbose.txt");
});

test("a terminal that can do nothing gets plain lines", async () => {
  await using app = await temporaryApp(history(1));
  const shown = await onTerminal(["history"], { cwd: app.root, env: { TERM: "dumb", NO_COLOR: "1" } });
  expect(lines(shown)).toBe("<base> -> r1 (head), does r1\nexit 0\n");
});

test("a long step stands in a line of its own that is written over, and is told when it has ended", async () => {
  await using app = await temporaryApp(history(1, "op.sql`select pg_sleep(1.2)`;"));
  await using database = await createTestDatabase();
  const shown = await onTerminal(["upgrade", "head"], { cwd: app.root, env: { DATABASE_URL: database.url } });
  const cleared = shown.replaceAll("\r\u001b[K", "<clear>");
  expect(cleared.split("<clear>  2/2 sql select pg_sleep(1.2), ").length).toBeGreaterThan(3);
  const plain = cleared.replaceAll(/(<clear>( {2}\d\/2 [^\r\n<]*(?=<clear>))?)+/g, "");
  expect(lines(plain)).toMatch(
    /^Running upgrade <base> -> r1, does r1\n {2}2\/2 sql select pg_sleep\(1\.2\), [\d.]+ s\n {2}done in [\d.]+ s\nexit 0\n$/,
  );
});

test("edit opens the files in the editor and waits for it; without one, or without a terminal, it says so", async () => {
  await using app = await temporaryApp(history(1));
  const editor = await app.write("my editor", '#!/bin/sh\nsleep 0.2; echo "edited $*"; exit "$STATUS"\n');
  const EDITOR = `/bin/sh '${editor}' --flag`;
  const file = join(app.migrations, "versions/r1_x.ts");
  const edit = (env: Record<string, string>) =>
    onTerminal(["edit", "head"], { cwd: app.root, env: { NO_COLOR: "1", ...env } });
  expect(lines(await edit({ EDITOR, STATUS: "0" }))).toBe(`edited --flag ${file}\nexit 0\n`);
  expect(lines(await edit({ VISUAL: EDITOR, EDITOR: "false", STATUS: "3" }))).toBe(
    `edited --flag ${file}\nerror: The editor "${EDITOR}" ended with 3. To be edited: ${file}\ncode: EDITOR_FAILED\nexit 1\n`,
  );
  expect(lines(await edit({}))).toBe(
    `error: No editor is known: set VISUAL or EDITOR. To be edited: ${file}\ncode: EDITOR_FAILED\nexit 1\n`,
  );
});
