import { spawnSync } from "node:child_process";
import { access, mkdir, readdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { sample } from "../../../../test/sample.ts";
import { type AlembicImport, createRevision, importAlembic, ScriptDirectory } from "../../src/migrations/index.ts";
import { type AlembicApp, alembicApp, ENV, migrator, type PythonSource, skip, versionRows } from "./alembic-app.ts";
import { withLoadedAlembic } from "./alembic-server.ts";

afterEach(() => vi.unstubAllEnvs());

const run = ({ project, migrations }: AlembicApp, signal?: AbortSignal): Promise<AlembicImport> =>
  importAlembic({ from: project, directory: migrations, ...(signal === undefined ? {} : { signal }) });

const runLoaded = (app: AlembicApp): Promise<AlembicImport> => withLoadedAlembic(() => run(app));

const states = ({ revisions }: AlembicImport) => Object.fromEntries(revisions.map((one) => [one.revision, one.state]));

const problems = ({ revisions }: AlembicImport) =>
  revisions.flatMap(({ revision, problems: found }) =>
    found.map(({ direction, problem }) => `${revision} ${direction}: ${problem}`),
  );

const TABLES: readonly PythonSource[] = [
  { id: "r1", up: ["op.create_table('t1', sa.Column('n', sa.Integer()))"], back: ["op.drop_table('t1')"] },
  { id: "r2", down: "'r1'", message: "say `hi`, and \\\\d" },
  {
    id: "r3",
    down: "'r2'",
    up: ["op.create_table('t3', sa.Column('n', sa.Integer()))"],
    back: ["op.drop_table('t3')"],
  },
];

describe("where there is no Alembic", () => {
  test("skeletons are written: a database that has them goes on, an empty one stops there", async () => {
    await using app = await alembicApp(TABLES);
    vi.stubEnv("PATH", app.root);
    const found = await run(app);
    expect(states(found)).toEqual({ r1: "skeleton", r2: "taken", r3: "skeleton" });
    expect(found.alembicProblem).toBe("neither alembic nor python3 -m alembic can be run here");
    expect(problems(found)[0]).toBe("r1 upgrade: neither alembic nor python3 -m alembic can be run here");

    await using live = await createTestDatabase();
    await live.query("create table t1 (n int); create table t3 (n int)");
    await migrator(live, app).stamp("r3");
    const { id } = await createRevision({ directory: app.migrations, message: "next" });
    expect(await migrator(live, app).upgrade("head")).toMatchObject([{ revision: id }]);
    expect(await versionRows(live)).toEqual([id]);
    expect((await ScriptDirectory.load(app.migrations)).history().map((one) => one.id)).toEqual([id, "r3", "r2", "r1"]);

    await using fresh = await createTestDatabase();
    const message = expect.stringContaining(
      "r1_does_r1.ts: its upgrade is not translated yet. Write it as the Python in the file says it.",
    );
    await expect(migrator(fresh, app).upgrade("head")).rejects.toMatchObject({ code: "MIGRATION_FAILED", message });
    expect(await migrator(fresh, app).current()).toEqual([]);
  });

  test("what ends a line in JavaScript and not in Python stays in the comment", async () => {
    await using app = await alembicApp([{ ...TABLES[0]!, up: ["op.execute('\u2028throw 1 \u2029throw 2')"] }]);
    vi.stubEnv("PATH", app.root);
    expect(states(await run(app))).toEqual({ r1: "skeleton" });
  });

  test("a skeleton is formatted, and holds the Python as a comment", async () => {
    await using app = await alembicApp([{ ...TABLES[0]!, message: "x".repeat(130), labels: "('a', 'b')" }]);
    vi.stubEnv("PATH", app.root);
    const { revisions } = await run(app);
    vi.unstubAllEnvs();
    const text = await readFile(revisions[0]!.files[0]!, "utf8");
    expect(text).toContain("// NOT TRANSLATED YET: neither alembic nor python3 -m alembic can be run here\n");
    expect(text).toContain("// def upgrade() -> None:\n//     op.create_table('t1', sa.Column('n', sa.Integer()))\n");
    const root = fileURLToPath(new URL("../../../..", import.meta.url));
    const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
    const { stdout } = spawnSync(process.execPath, [biome, "format", "--stdin-file-path=revision.ts"], {
      cwd: root,
      input: text,
      encoding: "utf8",
    });
    expect(stdout).toBe(text);
  });

  test("a directory of revision files alone is enough", async () => {
    await using app = await alembicApp(TABLES);
    vi.stubEnv("PATH", app.root);
    for (const from of ["api/alembic/versions", "api/alembic"]) {
      await using other = await alembicApp([]);
      const { revisions } = await importAlembic({ from: join(app.root, from), directory: other.migrations });
      expect(revisions).toHaveLength(3);
    }
    await app.write("api/alembic.ini", "[alembic]\nscript_location = elsewhere\n");
    const { alembicProblem } = await importAlembic({
      from: join(app.project, "alembic/versions"),
      directory: app.migrations,
    });
    expect(alembicProblem).toBe("there is no alembic.ini that names these files");
  });
});

describe.skipIf(skip)("where Alembic fails", () => {
  test("it is looked for as a module too", async () => {
    await using app = await alembicApp(TABLES);
    await mkdir(join(app.root, "bin"));
    await symlink("/usr/bin/python3", join(app.root, "bin/python3"));
    vi.stubEnv("PATH", join(app.root, "bin"));
    expect(states(await run(app))).toEqual({ r1: "taken", r2: "taken", r3: "taken" });
  });

  const FAILURES = [
    ["import no_such_driver", "ModuleNotFoundError: No module named 'no_such_driver' (env.py line 1)"],
    [
      "raise RuntimeError('no way to postgresql://me:hunter2@db/x')",
      "RuntimeError: no way to postgresql://***@db/x (env.py line 1)",
    ],
    ["import sys; sys.exit(3)", "Alembic failed without a word"],
  ] as const;

  test.each(sample(FAILURES, 1))("an env.py that fails is told with its reason: %s", async (line, problem) => {
    await using app = await alembicApp(TABLES, line);
    const found = await runLoaded(app);
    expect(states(found)).toEqual({ r1: "skeleton", r2: "taken", r3: "skeleton" });
    expect(problems(found)).toEqual(
      ["r1", "r3"].flatMap((id) => [`${id} upgrade: ${problem}`, `${id} downgrade: ${problem}`]),
    );
  });

  test("only what cannot be had is a skeleton, and what comes after it is had", async () => {
    const reads = ["[row for row in op.get_bind().execute(sa.text('select 1'))]"];
    const table = (name: string) => ({
      up: [`op.create_table('${name}', sa.Column('n', sa.Integer()))`],
      back: [`op.drop_table('${name}')`],
    });
    await using app = await alembicApp([
      { id: "r1", ...table("t1") },
      { id: "r2", down: "'r1'", ...table("t2"), up: reads },
      { id: "r3", down: "'r2'", ...table("t3"), back: ["raise NotImplementedError('there is no way back')"] },
      { id: "side1", down: "'r1'", ...table("s1"), back: reads },
      { id: "side2", down: "'side1'", up: ['op.execute("insert into s1 values (1), (2)")'] },
      { id: "merged", down: "('r3', 'side2')" },
      { id: "r4", down: "'merged'", ...table("t4") },
      { id: "other", dependsOn: "'r3'", ...table("o1") },
    ]);
    const found = await runLoaded(app);
    expect(problems(found)).toEqual(
      [
        "r2 upgrade: TypeError: 'NoneType' object is not iterable (r2_x.py line 19)",
        "r3 downgrade: NotImplementedError: there is no way back (r3_x.py line 23)",
        "side1 downgrade: TypeError: 'NoneType' object is not iterable (side1_x.py line 23)",
      ].sort((a, b) => order(found, a) - order(found, b)),
    );
    expect(states(found)).toMatchObject({ r1: "taken", side2: "taken", merged: "taken", r4: "taken", other: "taken" });

    const text = await readFile(found.revisions.find(({ revision }) => revision === "r3")!.files[0]!, "utf8");
    expect(text).toContain("op.sql`CREATE TABLE t3 (\n    n INTEGER\n)`;");
    await using database = await createTestDatabase();
    await migrator(database, app).upgrade("r1");
    await database.query("create table t2 (n int)");
    await migrator(database, app).stamp("r2");
    await migrator(database, app).upgrade("heads");
    expect(await database.query("select count(*)::int as n from s1, t3")).toEqual([{ n: 0 }]);
    await expect(migrator(database, app).downgrade("base")).rejects.toThrow("its downgrade is not translated yet");
  });

  test("SQL that offline mode writes wrongly is not taken", async () => {
    await using app = await alembicApp(
      [
        { id: "r1", up: ['op.execute("select 5 % 2")'] },
        {
          id: "r2",
          down: "'r1'",
          up: ["t = sa.table('t', sa.column('s', sa.String))", "op.execute(t.insert().values(s='a\\\\b'))"],
        },
        { id: "r3", down: "'r2'", up: ["print('hello')", "op.execute('select 1')"] },
        { id: "r4", down: "'r3'", up: ["op.execute('select 1')"] },
      ],
      ENV.replace(', dialect_opts={"paramstyle": "named"}', ""),
    );
    const found = await runLoaded(app);
    expect(problems(found)).toEqual([
      expect.stringContaining("r1 upgrade: Alembic wrote %% for %"),
      expect.stringContaining("r2 upgrade: Alembic's output has two backslashes"),
      expect.stringContaining("r3 upgrade: Alembic's output has what is no statement of SQL: hello"),
    ]);
    expect(found.alembicProblem).toBeUndefined();
  });

  test("a version table of another name, and statements of env.py's own, are told", async () => {
    const env = ENV.replace(
      "literal_binds=True",
      "literal_binds=True, version_table='versions', version_table_schema='audit'",
    ).replace(
      "        context.run_migrations()",
      "        context.execute('SET ROLE owner')\n        context.run_migrations()",
    );
    await using app = await alembicApp(TABLES, env);
    const found = await runLoaded(app);
    expect(states(found)).toEqual({ r1: "taken", r2: "taken", r3: "taken" });
    expect(found.remarks).toEqual([
      expect.stringContaining("version rows in audit.versions"),
      expect.stringContaining("SET ROLE owner"),
    ]);
    for (const { files } of found.revisions) {
      for (const file of files) expect(await readFile(file, "utf8")).not.toContain("versions");
    }
  });

  test("an interrupted import ends Alembic and writes nothing", async () => {
    await using app = await alembicApp(TABLES);
    await app.write(
      "api/alembic/env.py",
      `import os, time\nopen(${JSON.stringify(join(app.root, "pid"))}, "w").write(str(os.getpid()))\ntime.sleep(600)\n`,
    );
    const interruption = new AbortController();
    const importing = run(app, interruption.signal);
    const pid = join(app.root, "pid");
    await vi.waitUntil(async () => (await readFile(pid, "utf8").catch(() => "")) !== "", { timeout: 60_000 });
    interruption.abort();
    await expect(importing).rejects.toMatchObject({ code: "MIGRATION_INTERRUPTED" });
    await expect(access(app.migrations)).rejects.toThrow("ENOENT");
    const process_ = Number(await readFile(pid, "utf8"));
    await vi.waitUntil(() => !isAlive(process_), { timeout: 60_000 });
    expect(await readdir(join(app.project, "alembic"))).not.toContain("__pycache__");
  });

  test("what Alembic reads otherwise is refused; a syntax error in a body is Alembic's to find", async () => {
    await using tricky = await alembicApp([...TABLES, { id: "r4", down: "'r3'" }]);
    const file = join(tricky.project, "alembic/versions/r4_x.py");
    await tricky.write(
      "api/alembic/versions/r4_x.py",
      `${await readFile(file, "utf8")}\nglobals()["down_" + "revision"] = "r2"\n`,
    );
    await expect(runLoaded(tricky)).rejects.toMatchObject({
      code: "ALEMBIC_PROJECT_INVALID",
      message: expect.stringContaining("alembic heads says r3, r4, and its files were read as r4"),
    });
    await expect(access(tricky.migrations)).rejects.toThrow("ENOENT");

    await using broken = await alembicApp([...TABLES, { id: "r4", down: "'r3'", up: ["if if:"] }]);
    const { alembicProblem } = await runLoaded(broken);
    expect(alembicProblem).toMatch(/^SyntaxError: invalid syntax/);
  });
});

function order({ revisions }: AlembicImport, problem: string): number {
  return revisions.findIndex(({ revision }) => problem.startsWith(`${revision} `));
}

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false;
  }
}
