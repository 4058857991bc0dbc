import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import { describe, expect, onTestFinished, test } from "vitest";
import { locateDataDirectory } from "../src/account.ts";
import {
  controlFiles,
  forever,
  identifierOf,
  newDataDir,
  program,
  query,
  servers,
  temporary,
  usedDataDir,
} from "./helpers.ts";

describe("a data directory", () => {
  test("keeps data, password and port from run to run, readable by its owner only; its path may be relative, deep, long, and have any characters", async () => {
    const dataDir = join(temporary(), "a b", `quo'te" $HOME \`x\``, "ünïcødé", "l".repeat(150), "data");
    mkdirSync(dataDir, { recursive: true, mode: 0o755 });
    const first = await EmbeddedPostgres.start({ dataDir: join("..".concat("/..".repeat(20)), dataDir) });
    expect((await EmbeddedPostgres.find(dataDir))?.pid).toBe(first.pid);
    const url = await first.createDatabase("kept");
    await query(url, "CREATE TABLE kept AS SELECT 42 AS answer, current_setting('fsync') AS fsync");
    await first.stop();
    expect(statSync(first.dataDir).mode & 0o777).toBe(0o700);
    expect(statSync(join(first.dataDir, "hypertroq/password")).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(first.dataDir, "hypertroq")).sort()).toEqual(["password", "port", "postgres.log"]);

    const second = await EmbeddedPostgres.start({ dataDir });
    expect(second.url).toBe(first.url);
    expect(second.adopted).toBe(false);
    expect(await query(url, "SELECT answer, fsync FROM kept")).toEqual([{ answer: 42, fsync: "on" }]);
    await second.stop();
  });

  test("that holds something else is refused and left as it is", async () => {
    const dataDir = temporary();
    writeFileSync(join(dataDir, "thesis.txt"), "years of work");
    chmodSync(dataDir, 0o755);
    await expect(EmbeddedPostgres.start({ dataDir })).rejects.toMatchObject({
      code: "NOT_A_DATA_DIRECTORY",
      dataDir,
      message: expect.stringContaining("thesis.txt"),
    });
    expect(readdirSync(dataDir)).toEqual(["thesis.txt"]);
    expect(statSync(dataDir).mode & 0o777).toBe(0o755);
  });

  test("that is a file is refused", async () => {
    const dataDir = join(temporary(), "file");
    writeFileSync(dataDir, "");
    await expect(EmbeddedPostgres.start({ dataDir })).rejects.toMatchObject({ code: "NOT_A_DATA_DIRECTORY" });
  });

  test("that another program's PostgreSQL 16 made is refused and left as it is", async () => {
    const dataDir = temporary();
    writeFileSync(join(dataDir, "PG_VERSION"), "16\n");
    await expect(EmbeddedPostgres.start({ dataDir })).rejects.toMatchObject({ code: "NOT_A_DATA_DIRECTORY" });
    expect(readdirSync(dataDir)).toEqual(["PG_VERSION"]);
  });

  test("of another major version is refused by name", async () => {
    const dataDir = temporary();
    writeFileSync(join(dataDir, "PG_VERSION"), "15\n");
    await expect(EmbeddedPostgres.start({ dataDir })).rejects.toMatchObject({
      code: "WRONG_MAJOR_VERSION",
      found: "15",
      needed: "16",
      message: expect.stringMatching(/PostgreSQL 15.*PostgreSQL 16/s),
    });
    expect(readdirSync(dataDir)).toEqual(["PG_VERSION"]);
  });
});

test("a port can be chosen, is named when it is taken, and that of the last run is given up then", async () => {
  const [port, blocker] = await occupy(0);
  const dataDir = await usedDataDir();
  await expect(EmbeddedPostgres.start({ dataDir, port })).rejects.toMatchObject({
    code: "PORT_TAKEN",
    port,
    message: expect.stringContaining(String(port)),
  });
  expect(await EmbeddedPostgres.find(dataDir)).toBe(undefined);
  await new Promise((resolve) => blocker.close(resolve));
  const first = await EmbeddedPostgres.start({ dataDir, port });
  expect(first.port).toBe(port);
  await first.stop();
  await occupy(port);
  const second = await EmbeddedPostgres.start({ dataDir });
  expect(second.port).not.toBe(port);
  expect(await query(second.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  await second.stop();
});

describe("after a crash", () => {
  test("a postmaster.pid with a pid that is free, another process's or a zombie's does not keep the server from starting, nor find from seeing", async () => {
    const dataDir = await usedDataDir();
    const server = await EmbeddedPostgres.start({ dataDir });
    const file = join(server.dataDir, "postmaster.pid");
    const lines = readFileSync(file, "utf8").split("\n");
    await server.stop();
    for (const pid of [4_194_303, sleeper(), await zombie()]) {
      lines[0] = String(pid);
      writeFileSync(file, lines.join("\n"), { mode: 0o600 });
      expect(await EmbeddedPostgres.find(dataDir)).toBe(undefined);
      expect(existsSync(file)).toBe(true);
      const again = await EmbeddedPostgres.start({ dataDir });
      expect(await query(again.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
      await again.stop();
    }
  });

  test("half-written files of ours and PostgreSQL's don't matter, but a lost password is named", async () => {
    const dataDir = await usedDataDir();
    const real = locateDataDirectory(dataDir);
    const control = join(real, "hypertroq");
    writeFileSync(join(real, "postmaster.pid"), "");
    writeFileSync(join(control, "port"), "1234567\0");
    writeFileSync(join(control, "owner-"), "");
    const password = readFileSync(join(control, "password"));
    rmSync(join(control, "password"));
    await expect(EmbeddedPostgres.start({ dataDir })).rejects.toMatchObject({ code: "PASSWORD_REJECTED" });
    // A server starts, which refuses us.
    writeFileSync(join(control, "password"), "guess");
    await expect(EmbeddedPostgres.start({ dataDir })).rejects.toMatchObject({
      code: "PASSWORD_REJECTED",
      message: expect.stringContaining(join(control, "password")),
    });
    expect(servers((directory) => directory === real)).toEqual([]);
    writeFileSync(join(control, "password"), password);
    await (await EmbeddedPostgres.start({ dataDir })).stop();
  });

  test("of the postmaster itself, committed rows are there again, and the shared memory it left is used; but a backend that outlives it holds up the next start until it is gone, or the time is up", async () => {
    const dataDir = await usedDataDir();
    const first = await EmbeddedPostgres.start({ dataDir });
    await query(first.url, "CREATE TABLE kept AS SELECT generate_series(1, 50) AS n");
    process.kill(first.pid, "SIGKILL");
    expect(await first.exited).toMatchObject({
      code: null,
      signal: "SIGKILL",
      log: expect.stringContaining("ready to accept"),
    });
    await first.stop();
    const second = await EmbeddedPostgres.start({ dataDir });
    expect(await query(second.url, "SELECT count(*)::int FROM kept")).toEqual([{ count: 50 }]);

    const [survivor] = await query<{ pid: number }>(
      second.url,
      "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'",
    );
    process.kill(survivor!.pid, "SIGSTOP");
    onTestFinished(() => wake(survivor!.pid));
    process.kill(second.pid, "SIGKILL");
    await second.exited;
    await second.stop();
    await expect(EmbeddedPostgres.start({ dataDir, startTimeout: 2 })).rejects.toMatchObject({
      code: "START_FAILED",
      log: expect.stringContaining("pre-existing shared memory block"),
    });
    const start = EmbeddedPostgres.start({ dataDir });
    const log = join(second.dataDir, "hypertroq/postgres.log");
    await expect.poll(() => readFileSync(log, "utf8").split("pre-existing shared memory").length).toBeGreaterThan(2);
    wake(survivor!.pid);
    const third = await start;
    expect(await query(third.url, "SELECT count(*)::int FROM kept")).toEqual([{ count: 50 }]);
    await third.stop();
  });

  test("of Node while initdb works, and while its result is moved, the next start makes a whole cluster of its own", async () => {
    const fresh = newDataDir();
    const owner = program(temporary(), `EmbeddedPostgres.start({ dataDir: ${JSON.stringify(fresh)} }); ${forever}`);
    await expect.poll(() => controlFiles(fresh).join()).toMatch(/init-/);
    owner.child.kill("SIGKILL");
    await owner.ended;
    const real = locateDataDirectory(fresh);
    expect(existsSync(join(real, "PG_VERSION"))).toBe(false);
    const another = locateDataDirectory(await usedDataDir());
    for (const name of ["base/1", "pg_wal", "postgresql.conf"]) {
      cpSync(join(another, name), join(real, name), { recursive: true });
    }
    const server = await EmbeddedPostgres.start({ dataDir: fresh });
    expect(await query(server.url, "SELECT count(*)::int FROM pg_database")).toEqual([{ count: 3 }]);
    expect(identifierOf(real)).not.toBe(identifierOf(another));
    await server.stop();
  });
});

/** Takes a port (0: any free one) until the test ends. */
async function occupy(port: number): Promise<[port: number, server: Server]> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  onTestFinished(() => void server.close());
  return [(server.address() as AddressInfo).port, server];
}

function sleeper(): number {
  const child = spawn("sleep", ["600"]);
  onTestFinished(() => void child.kill());
  return child.pid!;
}

/** A child that has ended and whose parent does not ask for it: it ends when its parent has become a program that won't. */
async function zombie(): Promise<number> {
  const script = "until grep -q sleep /proc/$$/comm; do :; done & echo $!; exec sleep 600";
  const parent = spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void parent.kill());
  const [pid] = await once(parent.stdout, "data");
  await expect.poll(() => readFileSync(`/proc/${Number(pid)}/stat`, "utf8")).toMatch(/ Z /);
  return Number(pid);
}

/** Lets a stopped process go on, if it is still there. */
function wake(pid: number): void {
  try {
    process.kill(pid, "SIGCONT");
  } catch {
    // It has ended.
  }
}
