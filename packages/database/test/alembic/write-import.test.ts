import { spawn } from "node:child_process";
import { access, link, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FULL } from "../../../../test/sample.ts";
import { importAlembic, ScriptDirectory } from "../../src/migrations/index.ts";
import { hypertroqEach, PROGRAM } from "../cli/hypertroq.ts";
import { revisionText } from "../migrations/temporary-app.ts";
import { type AlembicApp, alembicApp, type PythonSource, pythonText } from "./alembic-app.ts";

// Revisions that do nothing are taken without Alembic.
beforeEach(() => vi.stubEnv("PATH", "/nowhere"));
afterEach(() => vi.unstubAllEnvs());

const run = ({ project, migrations }: AlembicApp) => importAlembic({ from: project, directory: migrations });

const line = (length: number): readonly PythonSource[] =>
  Array.from({ length }, (_, index) => ({ id: `r${index + 1}`, down: index === 0 ? "None" : `'r${index}'` }));

const names = async ({ migrations }: AlembicApp): Promise<readonly string[]> =>
  (await readdir(migrations, { recursive: true })).sort();

test("a second run leaves everything as it is, and says so; a third brings what is new", async () => {
  await using app = await alembicApp(line(2));
  const first = await run(app);
  const own = first.revisions[0]!.files[1]!;
  await writeFile(own, `${await readFile(own, "utf8")}-- by hand\n`);
  const before = await names(app);
  const second = await run(app);
  expect(second.revisions.map(({ state }) => state)).toEqual(["exists", "exists"]);
  expect(second.revisions[0]?.files).toEqual([own]);
  expect(await names(app)).toEqual(before);
  expect(await readFile(own, "utf8")).toContain("-- by hand");

  await app.write("api/alembic/versions/r3.py", pythonText({ id: "r3", down: "'r2'" }));
  const third = await run(app);
  expect(third.revisions.map(({ state }) => state)).toEqual(["exists", "exists", "taken"]);
  expect(await names(app)).toEqual([...before, "versions/r3_does_r3.down.sql", "versions/r3_does_r3.up.sql"].sort());
  expect((await ScriptDirectory.load(app.migrations)).graph.heads).toEqual(["r3"]);
});

test("a revision of ours with the same id stays, unless it stands elsewhere in history", async () => {
  await using app = await alembicApp(line(2));
  const ours = await app.write("migrations/versions/ours.ts", revisionText({ id: "r1" }));
  expect((await run(app)).revisions).toMatchObject([{ state: "exists", files: [ours] }, { state: "taken" }]);

  await using other = await alembicApp(line(2));
  await other.write("migrations/versions/r0.ts", revisionText({ id: "r0" }));
  await other.write("migrations/versions/r1.ts", revisionText({ id: "r1", down: "r0" }));
  await expect(run(other)).rejects.toMatchObject({
    code: "ALEMBIC_IMPORT_CONFLICT",
    revision: "r1",
    message: expect.stringContaining("its down revision is another"),
  });
  expect(await names(other)).toEqual(["versions", "versions/r0.ts", "versions/r1.ts"]);
});

test("another directory of ours may hold some of them", async () => {
  await using app = await alembicApp(line(2));
  await app.write("billing/r1.ts", revisionText({ id: "r1" }));
  const versions = [join(app.root, "billing")];
  const { revisions } = await importAlembic({ from: app.project, directory: app.migrations, versions });
  expect(revisions.map(({ state }) => state)).toEqual(["exists", "taken"]);
  expect((await ScriptDirectory.load(app.migrations, versions)).graph.order).toEqual(["r1", "r2"]);
});

test("no file is replaced, and none appears when one cannot", async () => {
  await using app = await alembicApp(line(3));
  await app.write(
    "migrations/versions/r3_does_r3.up.sql",
    "-- revision: x\n-- down revision: <base>\n-- message: x\n-- created at: 2025-01-01T00:00:00Z\n",
  );
  await app.write("migrations/versions/r3_does_r3.down.sql", "-- nothing");
  const before = await names(app);
  await expect(run(app)).rejects.toMatchObject({
    code: "REVISION_NOT_WRITTEN",
    message: expect.stringMatching(/r3_does_r3\.down\.sql could not be written: something is there already/),
  });
  expect(await names(app)).toEqual(before);
});

test("a full disk leaves nothing", async () => {
  for (const prepared of [false, true]) {
    await using app = await alembicApp(line(3));
    if (prepared) await app.write("migrations/versions/r0.ts", revisionText({ id: "r0" }));
    else await mkdir(app.migrations);
    const before = await names(app);
    const script = `trap '' XFSZ; ulimit -f 0; exec "${process.execPath}" "${PROGRAM}" import alembic api`;
    const child = spawn("/bin/bash", ["-c", script], { cwd: app.root, env: { PATH: "/nowhere" } });
    let stderr = "";
    child.stderr.on("data", (text: Buffer) => {
      stderr += text;
    });
    expect(await new Promise((resolve) => child.once("close", resolve))).toBe(1);
    expect(stderr).toMatch(/could not be written: EFBIG/);
    expect(await names(app)).toEqual(before);
  }
});

test("killed at any moment, it leaves all or nothing, and the next run makes it whole", async () => {
  await using app = await alembicApp(line(150));
  const outcomes = new Set<string>();
  for (let delay = 100; delay <= 1000; delay += FULL ? 75 : 300) {
    const child = spawn(process.execPath, [PROGRAM, "import", "alembic", "api"], {
      cwd: app.root,
      env: { PATH: "/nowhere" },
      stdio: "ignore",
    });
    const closed = new Promise((resolve) => child.once("close", resolve));
    // Once a draft is there it is killed at once, a little later each time.
    const seen = vi.waitUntil(
      () =>
        access(join(app.migrations, ".alembic-import")).then(
          () => true,
          () => child.exitCode !== null,
        ),
      {
        timeout: 60_000,
        interval: 5,
      },
    );
    await seen;
    await sleep(delay / 4);
    child.kill("SIGKILL");
    await closed;
    const found = await readdir(join(app.migrations, "versions")).catch(() => []);
    expect([0, 300]).toContain(found.length);
    outcomes.add(found.length === 0 ? "nothing" : "all");
  }
  expect(outcomes).toContain("nothing");
  expect((await run(app)).revisions).toHaveLength(150);
  expect((await readdir(app.migrations)).filter((name) => name.includes("import"))).toEqual([]);
  expect((await ScriptDirectory.load(app.migrations)).graph.order).toHaveLength(150);
});

test("half a pair that a killed import has left is taken away by the next, and only that", async () => {
  await using app = await alembicApp(line(2));
  await app.write("migrations/versions/r0.ts", revisionText({ id: "r0" }));
  await run(app);
  const versions = join(app.migrations, "versions");
  const drafts = join(app.migrations, ".alembic-import/versions");
  await mkdir(drafts, { recursive: true });
  for (const name of ["r1_does_r1.down.sql", "r1_does_r1.up.sql", "r2_does_r2.down.sql"]) {
    await link(join(versions, name), join(drafts, name));
  }
  await rm(join(versions, "r2_does_r2.up.sql"));
  const { ino } = await stat(join(versions, "r1_does_r1.up.sql"));
  expect((await run(app)).revisions.map(({ state }) => state)).toEqual(["exists", "taken"]);
  expect((await stat(join(versions, "r1_does_r1.up.sql"))).ino).toBe(ino);

  // Without the draft nobody knows whose it is.
  await rm(join(versions, "r2_does_r2.up.sql"));
  await expect(run(app)).rejects.toMatchObject({ code: "REVISION_FILE_INVALID" });
});

test("the command: exit 1 with a skeleton, what became of each, and JSON", async () => {
  await using app = await alembicApp([...line(1), { id: "r2", down: "'r1'", up: ["op.execute('select 1')"] }]);
  const options = { cwd: app.root, env: { PATH: "/nowhere" } };
  const [first, again, history, nowhere] = await hypertroqEach(
    [
      ["import", "alembic", "api"],
      ["import", "alembic", "api", "--json"],
      ["history"],
      ["import", "alembic", "nowhere"],
    ],
    options,
  );
  expect(first).toEqual({
    code: 1,
    stdout:
      "taken migrations/versions/r1_does_r1.down.sql\ntaken migrations/versions/r1_does_r1.up.sql\n" +
      "skeleton migrations/versions/r2_does_r2.ts\n",
    stderr:
      "r2: no upgrade from r2_x.py: neither alembic nor python3 -m alembic can be run here\n" +
      "Alembic could not be asked: neither alembic nor python3 -m alembic can be run here\n" +
      "1 taken, 1 to be translated by hand, 0 there already\n",
  });
  expect(again!.code).toBe(0);
  expect(JSON.parse(again!.stdout)).toMatchObject({
    heads: ["r2"],
    revisions: [
      { revision: "r1", state: "exists" },
      { revision: "r2", state: "exists" },
    ],
  });
  expect(history!.stdout).toContain("r1");
  expect(nowhere!.stderr).toContain("it is no directory");
});
