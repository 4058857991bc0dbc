import { describe, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { FULL } from "../../../../test/sample.ts";
import { importAlembic } from "../../src/migrations/index.ts";
import { alembicApp, catalog, HISTORY, migrator, skip, versionRows } from "./alembic-app.ts";
import { withLoadedAlembic } from "./alembic-server.ts";

/** Who does it, and what; Alembic's words. The first seven, otherwise than in a whole run, have every verb of both. */
const ROUNDS: readonly (readonly ["alembic" | "hypertroq", "upgrade" | "downgrade", string])[] = [
  ["alembic", "upgrade", "heads"],
  ["hypertroq", "downgrade", "merge1"],
  ["hypertroq", "downgrade", "billing1"],
  ["alembic", "downgrade", "0000users"],
  ["hypertroq", "upgrade", "search1"],
  ["alembic", "upgrade", "billing2"],
  ["hypertroq", "upgrade", "audit@head"],
  ["alembic", "downgrade", "audit1"],
  ["hypertroq", "upgrade", "heads"],
  ["alembic", "downgrade", "base"],
  ["alembic", "upgrade", "merge1"],
  ["hypertroq", "downgrade", "base"],
  ["alembic", "upgrade", "lookup@search1"],
  ["hypertroq", "upgrade", "heads"],
  ["alembic", "downgrade", "search1"],
  ["hypertroq", "downgrade", "0000users"],
];

const lines = (text: string): readonly string[] => text.trim().split("\n").sort();

describe.skipIf(skip)("Alembic and hypertroq by turns on one database", () => {
  test("leave the rows and the catalog that Alembic alone leaves, after every move", async () => {
    await using app = await alembicApp(HISTORY);
    await using shared = await createTestDatabase();
    await using alone = await createTestDatabase();
    await withLoadedAlembic(() => importAlembic({ from: app.project, directory: app.migrations }));
    for (const [who, verb, target] of FULL ? ROUNDS : ROUNDS.slice(0, 4)) {
      const move = `${who} ${verb} ${target}`;
      await Promise.all([
        app.alembic(alone.url, verb, target),
        who === "alembic" ? app.alembic(shared.url, verb, target) : migrator(shared, app)[verb](target),
      ]);
      const rows = await versionRows(alone);
      expect(await versionRows(shared), move).toEqual(rows);
      expect(await migrator(shared, app).current(), move).toEqual(rows);
      expect(await catalog(shared), move).toEqual(await catalog(alone));
      // It also lists what a row's dependencies imply.
      const current = ({ url }: TestDatabase): Promise<string> => app.alembic(url, "current");
      const [here, there] = await Promise.all([current(shared), current(alone)]);
      expect(lines(here), move).toEqual(lines(there));
    }
  });

  test("an index that Alembic left broken is removed when we go on", async () => {
    const unique = "op.create_index('ix_t', 't', ['n'], unique=True, postgresql_concurrently=True)";
    await using app = await alembicApp([
      {
        id: "r1",
        up: ["op.execute('CREATE TABLE t AS SELECT 1 AS n FROM generate_series(1, 2)')"],
        back: ["op.drop_table('t')"],
      },
      {
        id: "r2",
        down: "'r1'",
        up: ["with op.get_context().autocommit_block():", `    ${unique}`],
        back: ["with op.get_context().autocommit_block():", "    op.drop_index('ix_t', postgresql_concurrently=True)"],
      },
    ]);
    await using database = await createTestDatabase();
    await withLoadedAlembic(() => importAlembic({ from: app.project, directory: app.migrations }));
    await expect(app.alembic(database.url, "upgrade", "head")).rejects.toThrow("could not create unique index");
    const isValid = () => database.query("select indisvalid from pg_index where indexrelid = 'ix_t'::regclass");
    expect(await isValid()).toEqual([{ indisvalid: false }]);
    await database.query("update t set n = 2 where ctid = '(0,1)'");
    await migrator(database, app).upgrade("head");
    expect(await isValid()).toEqual([{ indisvalid: true }]);
    await app.alembic(database.url, "downgrade", "base");
    expect(await migrator(database, app).current()).toEqual([]);
  });
});
