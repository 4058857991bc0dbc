import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { importAlembic, ScriptDirectory } from "../../src/migrations/index.ts";
import { alembicApp, catalog, HISTORY, migrator, pythonText, skip, versionRows } from "./alembic-app.ts";
import { withLoadedAlembic } from "./alembic-server.ts";

afterEach(() => vi.unstubAllEnvs());

describe.skipIf(skip)("a history of Alembic's", () => {
  test("comes whole: ids, parents, labels, dependencies, messages, dates, and what it does", async () => {
    await using app = await alembicApp(HISTORY);
    const { revisions, heads, alembicProblem, remarks } = await importAlembic({
      from: app.project,
      directory: app.migrations,
    });
    expect(revisions.filter(({ state }) => state !== "taken")).toEqual([]);
    expect({ alembicProblem, remarks }).toEqual({ alembicProblem: undefined, remarks: [] });
    expect(revisions.flatMap((one) => one.remarks)).toEqual([]);

    const script = await ScriptDirectory.load(app.migrations);
    const { graph } = script;
    const alembicsHeads = (await app.alembic("", "heads")).trim().split("\n");
    expect(alembicsHeads.map((line) => line.split(" ")[0]).sort()).toEqual([...graph.heads].sort());
    expect([...heads].sort()).toEqual([...graph.heads].sort());
    expect(new Set(graph.order)).toEqual(new Set(HISTORY.map(({ id }) => id)));
    expect(script.get("billing2")).toMatchObject({ down: ["billing1"], dependsOn: ["search"], labels: [] });
    expect(script.get("search1")).toMatchObject({ labels: ["search", "lookup"], transaction: false });
    expect(script.get("merge1")).toMatchObject({ down: ["billing2", "search1"], message: "merge billing and search" });
    expect(script.get("0000users")).toMatchObject({
      message: "users, and what they're called",
      createdAt: "2024-05-06T07:08:09",
      transaction: undefined,
    });
    expect(await readdir(app.root)).not.toContain("__pycache__");
    expect(await readdir(join(app.project, "alembic/versions"))).not.toContain("__pycache__");
  });

  test("does on an empty database what Alembic does, and takes it back as Alembic does", async () => {
    await using app = await alembicApp(HISTORY);
    await using theirs = await createTestDatabase();
    await using ours = await createTestDatabase();
    await withLoadedAlembic(() => importAlembic({ from: app.project, directory: app.migrations }));
    const before = await catalog(ours);

    await app.alembic(theirs.url, "upgrade", "heads");
    await migrator(ours, app).upgrade("heads");
    expect(await catalog(ours)).toEqual(await catalog(theirs));
    expect(await versionRows(ours)).toEqual(await versionRows(theirs));
    for (const table of ["users", "invoices"]) {
      const text = `select to_jsonb(t) - 'created_at' as row from ${table} t order by id`;
      expect(await ours.query(text)).toEqual(await theirs.query(text));
    }
    expect(before.length).toBeLessThan((await catalog(ours)).length);

    await app.alembic(theirs.url, "downgrade", "base");
    await migrator(ours, app).downgrade("base");
    expect(await catalog(ours)).toEqual(await catalog(theirs));
    expect(await versionRows(ours)).toEqual([]);
  });

  test("version locations, a path with spaces, and any directory of the project", async () => {
    await using app = await alembicApp(HISTORY.filter(({ id }) => id === "0000users"));
    const ini = (line: string) => app.write("api/alembic.ini", `[alembic]\nscript_location = alembic\n${line}\n`);
    for (const revision of HISTORY.filter(({ id }) => id === "audit1")) {
      await app.write(`api/more versions/${revision.id}.py`, pythonText(revision));
    }
    const count = async (from = app.project) => {
      const directory = join(app.root, `to-${Math.random()}`);
      const { revisions } = await withLoadedAlembic(() => importAlembic({ from, directory }));
      expect(revisions.filter(({ state }) => state !== "taken").map(({ revision }) => revision)).toEqual([]);
      return revisions.length;
    };
    await ini("version_path_separator = os\nversion_locations = alembic/versions:%(here)s/more versions");
    expect(await count()).toBe(2);
    expect(await count(join(app.project, "more versions"))).toBe(2);
    expect(await count(join(app.project, "alembic"))).toBe(2);
    await ini("");
    expect(await count()).toBe(1);
    await app.write(
      "api/alembic.ini",
      "[DEFAULT]\nwhere = alem\n[alembic]\n; a comment\nscript_location: %(where)sbic\n",
    );
    expect(await count(join(app.project, "alembic/versions"))).toBe(1);
  });
});

test("the files have the revisions' ids and words as names", async () => {
  await using app = await alembicApp([{ id: "a1", message: "Add the users' Table" }]);
  vi.stubEnv("PATH", "/nowhere"); // a revision that does nothing is taken without Alembic
  const { revisions } = await importAlembic({ from: app.project, directory: app.migrations });
  expect(revisions[0]?.files.map((file) => basename(file))).toEqual([
    "a1_add_the_users_table.down.sql",
    "a1_add_the_users_table.up.sql",
  ]);
  expect(await readFile(revisions[0]!.files[1]!, "utf8")).toBe(`-- revision: a1
-- down revision: <base>
-- message: Add the users' Table
-- created at: 2024-05-06T07:08:09

-- Nothing to do.
`);
});
