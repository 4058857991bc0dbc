import { existsSync } from "node:fs";
import { chmod, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { history, type TemporaryApp, temporaryApp } from "../migrations/temporary-app.ts";
import { hypertroq, hypertroqEach, hypertroqWarm, start } from "./hypertroq.ts";

const REPOSITORY = join(import.meta.dirname, "../../../..");

/** Apps whose server a failed test may have left running. */
const apps: TemporaryApp[] = [];

afterEach(async () => {
  for (const app of apps.splice(0)) {
    await hypertroqWarm(["db", "reset", "--yes"], { cwd: app.root });
    await app[Symbol.asyncDispose]();
  }
});

/** An app with the embedded server as its development server. */
async function appWithServer(revisions = history(2)): Promise<TemporaryApp> {
  const app = await temporaryApp(revisions);
  apps.push(app);
  await symlink(join(REPOSITORY, "node_modules"), join(app.root, "node_modules"));
  await app.write(
    "hypertroq.config.mjs",
    `import { developmentServer } from "@hypertroq/embedded-postgres";
     const dataDir = new URL(".hypertroq/postgres", import.meta.url).pathname;
     export default { database: { server: developmentServer({ dataDir, database: "app" }) } };`,
  );
  return app;
}

test("start, status, url, stop, reset: the server stays until it is stopped, its data until it is reset", async () => {
  const app = await appWithServer();
  const cwd = app.root;
  const dataDir = join(app.root, ".hypertroq/postgres");
  const isNotRunning = { code: 0, stdout: expect.stringMatching(/^running: false\n/) };
  const [init, before, notRunning] = await hypertroqEach([["init"], ["db", "status"], ["db", "url"]], { cwd });
  expect(init).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/\nNext:\n {2}1\. hypertroq revision -m .*\n {2}2\. hypertroq upgrade head\n$/),
  });
  expect(before).toMatchObject(isNotRunning);
  expect(notRunning).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("hypertroq db start") });

  const started = await hypertroq(["db", "start"], { cwd });
  expect(started).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^postgresql:\/\/postgres:\*\*\*@127\.0\.0\.1:\d+\/app\n$/),
  });
  const [status, shown, json, up] = await hypertroqEach(
    [
      ["db", "status", "--json"],
      ["db", "url"],
      ["db", "url", "--json"],
      ["upgrade", "head"],
    ],
    { cwd },
  );
  expect(JSON.parse(status!.stdout)).toMatchObject({
    running: true,
    pid: expect.any(Number),
    url: started.stdout.trim(),
  });
  const url = shown!.stdout.trim();
  expect(url).toMatch(/^postgres(ql)?:\/\/postgres:[^*@]+@127\.0\.0\.1:\d+\/app$/);
  expect(JSON.parse(json!.stdout)).toEqual({ url });
  expect(up).toMatchObject({ code: 0 });
  expect(await hypertroqWarm(["current"], { cwd, env: { DATABASE_URL: url } })).toMatchObject({
    stdout: "r2 (head)\n",
  });

  const [stopped, again, refused] = await hypertroqEach(
    [
      ["db", "stop"],
      ["db", "stop"],
      ["db", "reset"],
    ],
    { cwd },
  );
  expect(stopped).toMatchObject({ code: 0, stderr: "Stopped.\n" });
  expect(again).toMatchObject({ code: 0, stderr: "It was not running.\n" });
  expect(refused).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("--yes") });
  // Without a running server a verb starts one for itself, and takes it away again.
  expect(await hypertroq(["current"], { cwd })).toMatchObject({ code: 0, stdout: "r2 (head)\n" });
  const [after, reset] = await hypertroqEach(
    [
      ["db", "status"],
      ["db", "reset", "--yes"],
    ],
    { cwd },
  );
  expect(after).toMatchObject(isNotRunning);
  expect(reset).toMatchObject({ code: 0 });
  expect(existsSync(dataDir)).toBe(false);
});

test("a server that a running verb owns is not stopped under it; SIGINT ends both, exit 130", async () => {
  const app = await appWithServer([{ id: "r1", up: "op.sql`select pg_sleep(60)`;" }]);
  const running = start(["upgrade", "head"], { cwd: app.root });
  await running.said("Running upgrade");
  const options = { cwd: app.root };
  const [owned, refused] = await hypertroqEach(
    [
      ["db", "status", "--json"],
      ["db", "stop"],
    ],
    options,
  );
  expect(JSON.parse(owned!.stdout)).toMatchObject({ running: true, ownerPid: running.process.pid });
  expect(refused).toMatchObject({ code: 1, stdout: "", stderr: expect.not.stringContaining("failed") });
  expect(refused!.stderr).toContain(`stop process ${running.process.pid} first (Ctrl-C where it runs)`);
  running.process.kill("SIGINT");
  expect(await running.finished).toMatchObject({ code: 130, stderr: expect.stringContaining("Interrupted") });
  expect(await hypertroqWarm(["db", "status"], options)).toMatchObject({
    stdout: expect.stringMatching(/^running: false\n/),
  });
});

// Only root's server is tried out by a program that a signal may end.
if (process.getuid?.() === 0) {
  test("a signal that comes before the server is started is an interruption", async () => {
    const app = await appWithServer();
    await app.write("bin/unshare", "#!/bin/sh\nkill -TERM $PPID $$\n");
    await chmod(join(app.root, "bin/unshare"), 0o755);
    const env = { PATH: `${join(app.root, "bin")}:${process.env["PATH"]}` };
    const { code, stderr } = await hypertroq(["current"], { cwd: app.root, env });
    expect({ code, stderr }).toEqual({ code: 143, stderr: "Interrupted.\n" });
  });
}

test("an app without a development server says how to get one; a server's own error is passed on in one line", async () => {
  await using app = await temporaryApp();
  expect(await hypertroqWarm(["db", "start"], { cwd: app.root })).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^error: .*hypertroq\.config\.mjs names no development server\. Give it one: .*\ncode: NO_DEVELOPMENT_SERVER\n$/,
    ),
  });
  const broken = await appWithServer();
  await broken.write(".hypertroq/postgres/precious.txt", "somebody's own file");
  const { code, stderr } = await hypertroqWarm(["db", "reset", "--yes"], { cwd: broken.root });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: Development server: [^\n]+\ncode: DEVELOPMENT_SERVER_FAILED\n$/);
  expect(existsSync(join(broken.root, ".hypertroq/postgres/precious.txt"))).toBe(true);
});
