import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sample } from "../../../test/sample.ts";
import { forever, program, query, servers, temporary, throwAways } from "./helpers.ts";

let server: EmbeddedPostgres;
beforeAll(async () => {
  server = await EmbeddedPostgres.start({
    settings: {
      application_name: "with spaces, 'quotes' and \"more\"",
      shared_preload_libraries: "pg_stat_statements, auto_explain",
      "pg_stat_statements.max": 200,
    },
  });
});
afterAll(() => server.stop());

describe("a throw-away server", () => {
  test("is PostgreSQL 16 with superuser and database postgres on a free port of the loopback address", async () => {
    const [row] = await query(
      server.url,
      `SELECT current_user, current_database(), current_setting('is_superuser') AS superuser,
              current_setting('server_version_num')::int / 10000 AS major, host(inet_server_addr()) AS address`,
    );
    expect(row).toEqual({
      current_user: "postgres",
      current_database: "postgres",
      superuser: "on",
      major: 16,
      address: "127.0.0.1",
    });
    expect(server.url).toMatch(
      new RegExp(`^postgresql://postgres:[\\w-]{32}@127\\.0\\.0\\.1:${server.port}/postgres$`),
    );
    expect(server.port).not.toBe(5432);
    expect(server.adopted).toBe(false);
  });

  test("has the settings it is meant to have", async () => {
    const names = [
      ...["fsync", "full_page_writes", "synchronous_commit", "data_checksums", "listen_addresses", "TimeZone"],
      ...["unix_socket_directories", "password_encryption", "server_encoding", "application_name"],
    ];
    const rows = await query<{ name: string; setting: string }>(
      server.url,
      `SELECT name, current_setting(name) AS setting FROM unnest('{${names.join(",")}}'::text[]) AS name`,
    );
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
      fsync: "off",
      full_page_writes: "off",
      synchronous_commit: "off",
      data_checksums: "on",
      listen_addresses: "127.0.0.1",
      TimeZone: "UTC",
      unix_socket_directories: "",
      password_encryption: "scram-sha-256",
      server_encoding: "UTF8",
      application_name: "with spaces, 'quotes' and \"more\"",
    });
  });

  test("knows Unicode letters and sorts by code point", async () => {
    const [row] = await query(
      server.url,
      `SELECT upper('é') AS upper, 'É' ILIKE 'é' AS ilike, array_agg(x ORDER BY x) AS sorted FROM unnest('{a,B,é,Z}'::text[]) x`,
    );
    expect(row).toEqual({ upper: "É", ilike: true, sorted: ["B", "Z", "a", "é"] });
  });

  test("accepts nobody without the password, by scram-sha-256 only", async () => {
    const wrong = server.url.replace(/:[^:@]*@/, ":wrong@");
    await expect(query(wrong, "SELECT 1")).rejects.toMatchObject({ code: "28P01" });
    const rules = await query(server.url, "SELECT DISTINCT auth_method FROM pg_hba_file_rules");
    expect(rules).toEqual([{ auth_method: "scram-sha-256" }]);
  });

  test("keeps the password off every command line and out of its log", () => {
    const password = decodeURIComponent(new URL(server.url).password);
    const commandLine = readFileSync(`/proc/${server.pid}/cmdline`, "utf8");
    expect(commandLine).toContain(server.dataDir);
    expect(commandLine).not.toContain(password);
    expect(readFileSync(join(server.dataDir, "hypertroq/postgres.log"), "utf8")).not.toContain(password);
  });

  test("loads an extension that has to be preloaded", async () => {
    await query(server.url, "CREATE EXTENSION pg_stat_statements");
    expect(await query(server.url, "SHOW pg_stat_statements.max")).toEqual([{ "pg_stat_statements.max": "200" }]);
  });
});

describe("createDatabase", () => {
  test.each(['Mixed Case and quo"te', "sl/ash;&=+,:@%", "ünïcode'; DROP DATABASE postgres; --"])(
    "makes %j and returns its URL",
    async (name) => {
      const url = await server.createDatabase(name);
      expect(await query(url, "SELECT current_database() AS name")).toEqual([{ name }]);
    },
  );

  test("makes a name that ends a path in a URL", async () => {
    const url = await server.createDatabase("what?#");
    expect(decodeURIComponent(new URL(url).pathname)).toBe("/what?#");
    expect(await query(server.url, "SELECT datname FROM pg_database WHERE datname = 'what?#'")).toHaveLength(1);
  });

  test("refuses a name that exists, unless told to accept it", async () => {
    const url = await server.createDatabase("twice");
    await expect(server.createDatabase("twice")).rejects.toMatchObject({ code: "DATABASE_EXISTS", database: "twice" });
    expect(await server.createDatabase("twice", { ifNotExists: true })).toBe(url);
  });

  test("called eight times at once for one name makes it once", async () => {
    const urls = await Promise.all(
      Array.from({ length: 8 }, () => server.createDatabase("crowd", { ifNotExists: true })),
    );
    expect(new Set(urls).size).toBe(1);
    expect(await query(urls[0]!, "SELECT current_database() AS name")).toEqual([{ name: "crowd" }]);
  });

  test.each(["", "x".repeat(64), "ü".repeat(32), "nul\0"])(
    "refuses %j, which PostgreSQL would cut or refuse",
    async (name) => {
      await expect(server.createDatabase(name)).rejects.toMatchObject({ code: "INVALID_OPTION" });
    },
  );
});

describe("stop", () => {
  test.each(["fast", "immediate"] as const)("%s leaves no process, no directory and no shared memory", async (mode) => {
    const server = await EmbeddedPostgres.start();
    const { url, dataDir } = server;
    // A backend in a transaction must not hold it up.
    const hanging = query(url, "SELECT pg_sleep(60)").catch((error: Error) => error);
    await expect.poll(() => query(url, "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%sleep(60)'")).not.toEqual([]);
    const segment = readFileSync(join(dataDir, "postmaster.pid"), "utf8").split("\n")[6]!.trim().split(/\s+/)[1]!;
    expect(sharedMemory()).toContain(segment);

    await server.stop({ mode });
    expect(await hanging).toBeInstanceOf(Error);
    expect(servers((directory) => directory.startsWith(dataDir))).toEqual([]);
    expect(existsSync(dataDir)).toBe(false);
    expect(sharedMemory()).not.toContain(segment);
    expect(await server.exited).toMatchObject({
      code: 0,
      signal: null,
      log: expect.stringContaining(`received ${mode} shutdown`),
    });
  });
});

describe("a process that leaves its throw-away server behind", () => {
  const endings = [
    ["returns", ""],
    ["calls process.exit", "process.exit(0);"],
    ["throws", "setImmediate(() => { throw new Error('on purpose'); }); await new Promise(() => {});"],
  ] as const;
  test.each(sample(endings, 1))("takes it along when it %s", async (_how, ending) => {
    const owner = program(temporary(), `const server = await EmbeddedPostgres.start(); say(server.dataDir); ${ending}`);
    const dataDir = await owner.next<string>();
    await owner.ended;
    expect(servers((directory) => directory.startsWith(dataDir))).toEqual([]);
    expect(existsSync(dataDir)).toBe(false);
  });

  test("killed, be it while initdb works: the next start ends the server and removes the directories, and nobody else's", async () => {
    const lookalike = join(temporary(), "..", "hypertroq-postgres-of-somebody-else");
    mkdirSync(lookalike, { recursive: true });
    try {
      const early = program(temporary(), `EmbeddedPostgres.start(); say(process.pid); ${forever}`);
      const pid = await early.next<number>();
      const left = (): string[] => throwAways(pid);
      await expect.poll(() => left().some((path) => existsSync(join(path, "hypertroq/password")))).toBe(true);
      early.child.kill("SIGKILL");
      await early.ended;
      expect(left().length).toBe(1);

      const owner = program(
        temporary(),
        `const server = await EmbeddedPostgres.start(); say(server.dataDir); ${forever}`,
      );
      const dataDir = await owner.next<string>();
      owner.child.kill("SIGKILL");
      await owner.ended;
      expect(servers((directory) => directory === dataDir).length).toBeGreaterThan(0);

      await (await EmbeddedPostgres.start()).stop();
      expect(servers((directory) => directory.startsWith(dataDir))).toEqual([]);
      expect(existsSync(dataDir)).toBe(false);
      // An orphaned initdb may go on writing for a moment; a start in that moment leaves the rest to the one after it.
      const afterAnother = async (): Promise<string[]> => {
        if (left().length > 0) await (await EmbeddedPostgres.start()).stop();
        return left();
      };
      await expect.poll(afterAnother).toEqual([]);
      expect(existsSync(lookalike)).toBe(true);
      expect(await query(server.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    } finally {
      spawnSync("rmdir", [lookalike]);
    }
  });
});

// The last one: it ends the server of all.
test("stop may be called again, also at the same time and in a hurry", async () => {
  await Promise.all([server.stop(), server.stop(), server.stop({ mode: "immediate" })]);
  await server.stop();
  expect((await server.exited).log).toContain("received immediate shutdown request");
  expect(servers((directory) => directory.startsWith(server.dataDir))).toEqual([]);
  await expect(server.createDatabase("late")).rejects.toMatchObject({ code: "NOT_RUNNING" });
  await expect(server.detach()).rejects.toMatchObject({ code: "INVALID_OPTION" });
});

function sharedMemory(): string[] {
  const { stdout } = spawnSync("ipcs", ["-m"], { encoding: "utf8" });
  return stdout.split("\n").map((line) => line.split(/\s+/)[1] ?? "");
}
