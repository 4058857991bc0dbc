import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, inject, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { ALEMBIC_DDL, history, revisionText, temporaryApp } from "../migrations/temporary-app.ts";
import {
  type Finished,
  hypertroq,
  hypertroqEach,
  hypertroqWarm,
  PROGRAM,
  type RunOptions,
  start,
} from "./hypertroq.ts";
import { onTerminal } from "./on-terminal.ts";

/** Runs a verb that must fail, and returns what it said: no stack, nothing on stdout, exit 1. */
async function complaint(words: readonly string[], options: RunOptions): Promise<string> {
  return toComplain(await hypertroqWarm(words, options));
}

async function complaints(runs: readonly (readonly string[])[], options: RunOptions): Promise<readonly string[]> {
  return (await hypertroqEach(runs, options)).map(toComplain);
}

function toComplain({ code, stdout, stderr }: Finished): string {
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/^error: /);
  expect(stderr).not.toMatch(/\n\s+at |node:internal|\.js:\d+/);
  return stderr;
}

test("an unknown revision names the newest and the grammar, and changes nothing", async () => {
  await using app = await temporaryApp(history(2));
  await using database = await createTestDatabase();
  const options = { cwd: app.root, env: { DATABASE_URL: database.url } };
  const verbs = ["upgrade", "downgrade", "stamp", "show", "edit", "merge"];
  for (const said of await complaints(
    verbs.map((verb) => [verb, "nope"]),
    options,
  )) {
    expect(said).toMatch(/No revision is called "nope"\. The newest is r2\. A target is/);
  }
  expect(await database.query("select relname from pg_class where relname = 'alembic_version'")).toEqual([]);
});

test("the code of an error is its last line, which leads to its page", async () => {
  await using app = await temporaryApp(history(1));
  const said = await complaint(["show", "nope"], { cwd: app.root });
  const [code, ...message] = said.trimEnd().split("\n").reverse();
  expect(code).toBe("code: UNKNOWN_REVISION");
  expect(message).toEqual([expect.stringMatching(/^error: No revision is called "nope"/)]);
  const shown = await onTerminal(["show", "nope"], { cwd: app.root });
  expect(shown).toContain("\u001b[31merror:\u001b[39m No revision");
  expect(shown).toContain("\r\n\u001b[2mcode: UNKNOWN_REVISION\u001b[22m\r\nexit 1");
});

test("a database that is newer than the code", async () => {
  await using app = await temporaryApp(history(2));
  await using database = await createTestDatabase();
  await database.query(ALEMBIC_DDL);
  const options = { cwd: app.root, env: { DATABASE_URL: database.url } };
  const reason = /The database is at ddef93c02177, which this code does not have \(its newest revision is r2\)/;
  const runs = [
    ["upgrade", "head"],
    ["downgrade", "-1"],
    ["stamp", "head"],
  ];
  for (const said of await complaints(runs, options)) expect(said).toMatch(reason);
  const [current, check] = await hypertroqEach([["current"], ["check"]], options);
  expect(current).toEqual({ code: 1, stdout: "ddef93c02177\n", stderr: expect.stringMatching(reason) });
  expect(check).toEqual({ code: 1, stdout: "", stderr: expect.stringMatching(reason) });
  // The way out that the message names, where the file is lost.
  expect(check!.stderr).toContain("hypertroq stamp --purge REV");
  const [purged, now] = await hypertroqEach([["stamp", "--purge", "r1"], ["current"]], options);
  expect([purged!.code, now!.stdout]).toEqual([0, "r1\n"]);
});

test.each([
  [{ DATABASE_URL: "mysql://root:secret@127.0.0.1/x" }, ['DATABASE_URL has the scheme "mysql"; expected postgresql']],
  [{ DATABASE_URL: "postgresql://u:secret@127.0.0.1:99999/x" }, ["DATABASE_URL has the port", "99999"]],
  [{ DATABASE_URL: "u:secret@somewhere" }, ["DATABASE_URL is not a database URL"]],
  [{}, ["DATABASE_URL is not set; expected postgresql://", "database.server"]],
  [
    { DATABASE_URL: "postgresql://u:secret@h/x", DB_POLL_SIZE: "5" },
    ["DB_POLL_SIZE is not a setting; did you mean DB_POOL_SIZE?"],
  ],
  [
    { DATABASE_URL: "postgresql://u:secret@h/x", ENVIRONMENT: "prod", DB_POOL_SIZE: "many" },
    [
      'ENVIRONMENT must be one of development, testing, staging, production, not "prod"; did you mean production?',
      "DB_POOL_SIZE must be",
    ],
  ],
  [
    { DATABSE_URL: "postgresql://u:secret@h/x" },
    ["DATABASE_URL is not set", "DATABSE_URL is not a setting; did you mean DATABASE_URL?"],
  ],
  [
    { DIRECT_URL: "mysql://u:secret@h/x", DATABASE_URL: "postgresql://u:secret@h:0/x", DB_POOL_SIZE: "many" },
    [
      "DIRECT_URL has the scheme",
      "DATABASE_URL has the port",
      'DB_POOL_SIZE must be a whole number, at least 0, not "many"',
    ],
  ],
])("settings that cannot be used, all of them at once: %j", async (env, problems) => {
  await using app = await temporaryApp(history(1));
  const said = await complaint(["current"], { cwd: app.root, env: env as Record<string, string> });
  for (const problem of problems) expect(said).toContain(problem);
  expect(said).not.toContain("secret");
});

test.each([
  [{ ENVIRONMENT: "production" }, "production"],
  [{ ENVIRONMENT: "staging", NODE_ENV: "development" }, "staging"],
  [{ NODE_ENV: "production" }, "production"],
])("where others depend on the data, no development server stands in: %j", async (env, where) => {
  await using app = await temporaryApp(history(1));
  const methods = ["status", "use", "start", "stop", "reset"].map((name) => `${name}() { throw new Error("asked"); }`);
  await app.write("hypertroq.config.mjs", `export default { database: { server: { ${methods.join(", ")} } } };`);
  const verbs = [["upgrade"], ["current"], ["seed"], ["doctor"], ["backup", "create"]];
  const options = { cwd: app.root, env: env as Record<string, string> };
  for (const said of await complaints(verbs, options)) {
    expect(said).toBe(
      "error: The settings cannot be used:\n" +
        `  - DATABASE_URL is not set; expected postgresql://user:password@host:port/database; in ${where} no development server ` +
        "stands in for it\ncode: SETTINGS_INVALID\n",
    );
  }
});

test("a wrong password, a missing database and a closed port are told apart, and no password is shown", async () => {
  await using app = await temporaryApp(history(1));
  const url = new URL(inject("serverUrl"));
  const at = (change: (url: URL) => void): RunOptions => {
    const changed = new URL(url);
    change(changed);
    return { cwd: app.root, env: { DATABASE_URL: changed.href } };
  };
  const wrong = await complaint(
    ["current"],
    at((changed) => {
      changed.password = "not-the-secret";
    }),
  );
  expect(wrong).toContain("the server does not accept this user and password");
  expect(wrong).toContain(":***@");
  expect(wrong).not.toContain("not-the-secret");
  expect(
    await complaint(
      ["current"],
      at((changed) => {
        changed.pathname = "/nowhere";
      }),
    ),
  ).toContain("does not exist on the server");
  const closed = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => closed.once("listening", resolve));
  const { port } = closed.address() as { port: number };
  await new Promise((resolve) => closed.close(resolve));
  const refused = await complaint(
    ["current"],
    at((changed) => {
      changed.port = String(port);
    }),
  );
  expect(refused).toContain(`127.0.0.1:${port}`);
  expect(refused).toContain("nothing listens there");
});

test("DIRECT_URL goes before DATABASE_URL", async () => {
  await using app = await temporaryApp(history(1));
  await using database = await createTestDatabase();
  const env = { DIRECT_URL: database.url, DATABASE_URL: "postgresql://nobody@127.0.0.1:1/nothing" };
  expect(await hypertroqWarm(["upgrade", "head"], { cwd: app.root, env })).toMatchObject({ code: 0 });
  expect(await database.query("select version_num from alembic_version")).toEqual([{ version_num: "r1" }]);
});

test.each([
  ["a half-written revision", "export const revision = ", /r1_x\.ts is no usable revision: .*at line 1\./],
  ["an empty revision", "", /r1_x\.ts is no usable revision: it is empty\./],
])("%s is named", async (_, text, reason) => {
  await using app = await temporaryApp();
  await app.write("migrations/versions/r1_x.ts", text);
  expect(await complaint(["history"], { cwd: app.root })).toMatch(reason);
});

test("two files with one id, and a circle, are named by every verb that reads them", async () => {
  await using app = await temporaryApp(history(1));
  await app.write("migrations/versions/copy.ts", revisionText({ id: "r1" }));
  for (const said of await complaints([["history"], ["heads"], ["revision", "-m", "x"]], { cwd: app.root })) {
    expect(said).toMatch(/Two revisions are called r1: .*copy\.ts and .*r1_x\.ts/);
  }
  await using circle = await temporaryApp([
    { id: "a", down: "b" },
    { id: "b", down: "a" },
  ]);
  expect(await complaint(["heads"], { cwd: circle.root })).toMatch(/Revisions form a circle: /);
});

test("no configuration, and one that is wrong", async () => {
  await using app = await temporaryApp();
  await app.write("hypertroq.config.mjs", "export default { migration: {} };");
  expect(await complaint(["heads"], { cwd: app.root })).toMatch(
    /hypertroq\.config\.mjs cannot be used: the default export has the unknown migration; known are schema, migrations, seeds, roles, backups, monitoring, database\./,
  );
  await using nothing = await temporaryApp();
  await rm(`${nothing.root}/hypertroq.config.mjs`);
  expect(await complaint(["heads"], { cwd: nothing.root })).toContain(
    "No hypertroq.config.ts (or .js, .mjs) was found",
  );
});

test("an error nobody foresaw is one line, and HYPERTROQ_DEBUG=1 shows where it happened", async () => {
  await using app = await temporaryApp();
  const answer = 'Promise.resolve({ get running() { throw new TypeError("oh\\nno"); } })';
  const methods = ["status", "use", "start", "stop", "reset"].map((name) => `${name}: () => ${answer}`);
  await app.write("hypertroq.config.mjs", `export default { database: { server: { ${methods.join(", ")} } } };`);
  expect(await complaint(["db", "status"], { cwd: app.root })).toBe(
    "error: oh\nThis was not foreseen. HYPERTROQ_DEBUG=1 shows where it happened.\n",
  );
  const debug = await hypertroqWarm(["db", "status"], { cwd: app.root, env: { HYPERTROQ_DEBUG: "1" } });
  expect(debug.stderr).toMatch(/TypeError: oh\nno\n\s+at /);
});

test.each([
  ["ends the process", "process.exit(0);"],
  ["waits for what never comes", "await new Promise(() => {});"],
])("a revision file that %s does not pass for success", async (_what, line) => {
  await using app = await temporaryApp(history(1));
  await app.write("migrations/versions/r2_x.ts", `${line}\n${revisionText({ id: "r2", down: "r1" })}`);
  expect(toComplain(await hypertroq(["heads"], { cwd: app.root }))).toMatch(/ended before the command had/);
});

test("a revision file that leaves a timer behind does not keep the command", async () => {
  await using app = await temporaryApp(history(1));
  await app.write(
    "migrations/versions/r2_x.ts",
    `setInterval(() => {}, 1000);\n${revisionText({ id: "r2", down: "r1" })}`,
  );
  expect(await hypertroq(["heads"], { cwd: app.root })).toMatchObject({ code: 0, stdout: "r2 (head)\n" });
});

test("one signal ends a command that waits for a revision file, or for a server that does not answer", async () => {
  await using app = await temporaryApp(history(1));
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  const env = { DATABASE_URL: `postgresql://u:secret@127.0.0.1:${port}/x` };
  const connected = start(["current"], { cwd: app.root, env });
  const [socket] = (await once(silent, "connection")) as [Socket];
  connected.process.kill("SIGTERM");
  expect(await connected.finished).toMatchObject({ code: 143, stdout: "" });
  socket.destroy();
  silent.close();

  const waiting = 'console.error("waiting"); await new Promise((end) => setTimeout(end, 600_000));';
  await app.write("migrations/versions/r2_x.ts", `${waiting}\n${revisionText({ id: "r2", down: "r1" })}`);
  const reading = start(["heads"], { cwd: app.root });
  await reading.said("waiting");
  reading.process.kill("SIGINT");
  expect(await reading.finished).toMatchObject({
    code: 130,
    stdout: "",
    stderr: expect.stringContaining("Interrupted"),
  });
});

test("a command of postWrite is ended with the one that runs it", async () => {
  await using app = await temporaryApp(history(1));
  const command = '["sh", "-c", "echo pid $$ >&2; exec sleep 600"]';
  await app.write("hypertroq.config.mjs", `export default { migrations: { postWrite: [${command}] } };\n`);
  const writing = start(["revision", "-m", "x"], { cwd: app.root });
  await writing.said("pid ");
  writing.process.kill("SIGTERM");
  const { code, stderr } = await writing.finished; // not before the command has let go of standard error
  expect({ code, stderr }).toEqual({ code: 143, stderr: expect.stringMatching(/^pid \d+\n.*Interrupted/s) });
});

test.each(["heads", "init"])("a working directory that has been deleted: %s", async (verb) => {
  const app = await temporaryApp();
  const script = `cd ${app.root} && rm -r ${app.root} && exec node ${PROGRAM} ${verb}`;
  const { status, stderr } = spawnSync("/bin/sh", ["-c", script], { encoding: "utf8" });
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /^error: No hypertroq\.config\.ts .* was found in the working directory, which has been deleted/,
  );
});

test("output that cannot be written is a failure, a reader that has read enough is none", async () => {
  await using app = await temporaryApp(history(2));
  const run = (redirection: string): ReturnType<typeof spawnSync> =>
    spawnSync("sh", ["-c", `"${process.execPath}" "${PROGRAM}" upgrade base:head --sql ${redirection}`], {
      cwd: app.root,
      encoding: "utf8",
    });
  expect(run("> /dev/full")).toMatchObject({ status: 1, stderr: expect.stringContaining("ENOSPC") });
  expect(run("| true")).toMatchObject({ status: 0, stderr: "" });
});
