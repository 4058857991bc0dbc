import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import { describe, expect, onTestFinished, test } from "vitest";
import { locateDataDirectory } from "../src/account.ts";
import { controlFiles, forever, newDataDir, program, query, servers, temporary, usedDataDir } from "./helpers.ts";

describe("a data directory", () => {
  test("keeps data, password and port from run to run, readable by its owner only", async () => {
    const dataDir = newDataDir();
    const first = await EmbeddedPostgres.start({ dataDir });
    const url = await first.createDatabase("kept");
    await query(url, "CREATE TABLE kept AS SELECT 42 AS answer");
    expect(await query(url, "SELECT current_setting('fsync') AS fsync")).toEqual([{ fsync: "on" }]);
    await first.stop();
    expect(statSync(first.dataDir).mode & 0o777).toBe(0o700);
    expect(statSync(join(first.dataDir, "hypertroq/password")).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(first.dataDir, "hypertroq")).sort()).toEqual(["password", "port", "postgres.log"]);

    const second = await EmbeddedPostgres.start({ dataDir });
    expect(second.url).toBe(first.url);
    expect(second.adopted).toBe(false);
    expect(await query(url, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
    await second.stop();
  });

  test("may be relative, empty, deep, long, and have any characters", async () => {
    const dataDir = join(temporary(), "a b", `quo'te" $HOME \`x\``, "ünïcødé", "l".repeat(150), "data");
    mkdirSync(dataDir, { recursive: true, mode: 0o755 });
    const relative = join("..".concat("/..".repeat(20)), dataDir);
    const server = await EmbeddedPostgres.start({ dataDir: relative });
    expect(await query(server.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    expect((await EmbeddedPostgres.find(dataDir))?.pid).toBe(server.pid);
    await server.stop();
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

describe("a port", () => {
  test("that is taken is named, and nothing is left running", async () => {
    const [taken] = await occupy(0);
    const dataDir = await usedDataDir();
    await expect(EmbeddedPostgres.start({ dataDir, port: taken })).rejects.toMatchObject({
      code: "PORT_TAKEN",
      port: taken,
      message: expect.stringContaining(String(taken)),
    });
    expect(await EmbeddedPostgres.find(dataDir)).toBe(undefined);
    const server = await EmbeddedPostgres.start({ dataDir });
    expect(server.port).not.toBe(taken);
    await server.stop();
  });

  test("can be chosen; that of the last run is given up when it is taken", async () => {
    const [wanted, blocker] = await occupy(0);
    await new Promise((resolve) => blocker.close(resolve));
    const dataDir = await usedDataDir();
    const first = await EmbeddedPostgres.start({ dataDir, port: wanted });
    expect(first.port).toBe(wanted);
    await first.stop();
    await occupy(wanted);
    const second = await EmbeddedPostgres.start({ dataDir });
    expect(second.port).not.toBe(wanted);
    expect(await query(second.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    await second.stop();
  });
});

describe("after a crash", () => {
  test.each([
    ["a pid that is free", () => 4_194_303],
    ["a pid that another process has now", () => sleeper()],
    ["a pid that a zombie has", () => zombie()],
  ])("a postmaster.pid with %s does not keep the server from starting, nor find from seeing", async (_what, pid) => {
    const dataDir = await usedDataDir();
    const server = await EmbeddedPostgres.start({ dataDir });
    const file = join(server.dataDir, "postmaster.pid");
    const lines = readFileSync(file, "utf8").split("\n");
    await server.stop();
    lines[0] = String(await pid());
    writeFileSync(file, lines.join("\n"), { mode: 0o600 });
    expect(await EmbeddedPostgres.find(dataDir)).toBe(undefined);
    expect(existsSync(file)).toBe(true);
    const again = await EmbeddedPostgres.start({ dataDir });
    expect(await query(again.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    await again.stop();
  });

  test("half-written files of ours and PostgreSQL's don't matter, but a lost password is named", async () => {
    const dataDir = await usedDataDir();
    const server = await EmbeddedPostgres.start({ dataDir });
    await server.stop();
    const control = join(server.dataDir, "hypertroq");
    writeFileSync(join(server.dataDir, "postmaster.pid"), "");
    writeFileSync(join(control, "port"), "1234567\0");
    writeFileSync(join(control, "owner-"), "");
    const password = readFileSync(join(control, "password"));
    await (await EmbeddedPostgres.start({ dataDir })).stop();

    rmSync(join(control, "password"));
    await expect(EmbeddedPostgres.start({ dataDir })).rejects.toMatchObject({ code: "PASSWORD_REJECTED" });
    writeFileSync(join(control, "password"), "guess");
    await expect(EmbeddedPostgres.start({ dataDir })).rejects.toMatchObject({
      code: "PASSWORD_REJECTED",
      message: expect.stringContaining(join(control, "password")),
    });
    expect(servers((directory) => directory === server.dataDir)).toEqual([]);
    writeFileSync(join(control, "password"), password);
    await (await EmbeddedPostgres.start({ dataDir })).stop();
  });

  test("of the postmaster itself, committed rows are there again, and the shared memory it left is used", async () => {
    const dataDir = await usedDataDir();
    const server = await EmbeddedPostgres.start({ dataDir });
    await query(server.url, "CREATE TABLE kept AS SELECT generate_series(1, 50) AS n");
    process.kill(server.pid, "SIGKILL");
    expect(await server.exited).toMatchObject({
      code: null,
      signal: "SIGKILL",
      log: expect.stringContaining("ready to accept"),
    });
    await server.stop();
    const again = await EmbeddedPostgres.start({ dataDir });
    expect(await query(again.url, "SELECT count(*)::int FROM kept")).toEqual([{ count: 50 }]);
    await again.stop();
  });

  test("of the postmaster, a backend that outlives it holds up the next start until it is gone, or the time is up", async () => {
    const dataDir = await usedDataDir();
    const server = await EmbeddedPostgres.start({ dataDir });
    const [survivor] = await query<{ pid: number }>(
      server.url,
      "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'",
    );
    process.kill(survivor!.pid, "SIGSTOP");
    onTestFinished(() => wake(survivor!.pid));
    process.kill(server.pid, "SIGKILL");
    await server.exited;
    await server.stop();
    await expect(EmbeddedPostgres.start({ dataDir, startTimeout: 2 })).rejects.toMatchObject({
      code: "START_FAILED",
      log: expect.stringContaining("pre-existing shared memory block"),
    });
    const start = EmbeddedPostgres.start({ dataDir });
    const log = join(server.dataDir, "hypertroq/postgres.log");
    await expect.poll(() => readFileSync(log, "utf8").split("pre-existing shared memory").length).toBeGreaterThan(2);
    wake(survivor!.pid);
    const again = await start;
    expect(await query(again.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    await again.stop();
  });

  test.each(["while initdb works", "while its result is moved"])(
    "of Node %s, the next start makes a whole cluster",
    async (when) => {
      const fresh = newDataDir();
      if (when === "while initdb works") {
        const owner = program(temporary(), `EmbeddedPostgres.start({ dataDir: ${JSON.stringify(fresh)} }); ${forever}`);
        await expect.poll(() => controlFiles(fresh).join()).toMatch(/init-/);
        owner.child.kill("SIGKILL");
        await owner.ended;
      } else {
        const server = await EmbeddedPostgres.start({ dataDir: fresh });
        await server.stop();
        rmSync(join(server.dataDir, "PG_VERSION"));
        rmSync(join(server.dataDir, "global"), { recursive: true });
      }
      expect(existsSync(join(locateDataDirectory(fresh), "PG_VERSION"))).toBe(false);
      const server = await EmbeddedPostgres.start({ dataDir: fresh });
      expect(await query(server.url, "SELECT count(*)::int FROM pg_database")).toEqual([{ count: 3 }]);
      await server.stop();
    },
  );
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
