import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import { describe, expect, test, vi } from "vitest";
import { FULL } from "../../../test/sample.ts";
import { tail } from "../src/server-log.ts";
import { controlFiles, newDataDir, program, query, serversOf, temporary, throwAways, usedDataDir } from "./helpers.ts";

describe("a start that fails", () => {
  test("shows PostgreSQL's own lines and leaves nothing running", async () => {
    const dataDir = await usedDataDir();
    const failure = await EmbeddedPostgres.start({
      dataDir,
      settings: { shared_preload_libraries: "no_such_library" },
    }).catch((e) => e);
    expect(failure).toMatchObject({ code: "START_FAILED", name: "StartFailed" });
    expect(failure.log).toMatch(/FATAL: {2}could not access file "no_such_library"/);
    expect(failure.message).toContain(failure.log.split("\n")[0]);
    expect(serversOf(dataDir)).toEqual([]);
    await expect(EmbeddedPostgres.start({ dataDir, settings: { wrok_mem: "1MB" } })).rejects.toMatchObject({
      code: "START_FAILED",
      message: expect.stringContaining('unrecognized configuration parameter "wrok_mem"'),
    });
    // The directory is free and whole.
    const server = await EmbeddedPostgres.start({ dataDir });
    await server.stop();
  });

  test("is waited for, in a program that has nothing else to do", async () => {
    const dataDir = await usedDataDir();
    const source = `await EmbeddedPostgres.start(${JSON.stringify({ dataDir, settings: { wrok_mem: "1MB" } })}).catch(({ code }) => say(code));`;
    for (let i = 0; i < (FULL ? 8 : 1); i++) {
      const starter = program(temporary(), source);
      expect(await starter.next()).toBe("START_FAILED");
      expect((await starter.ended).code).toBe(0);
    }
  });

  test("of a throw-away server removes its directory", async () => {
    await expect(EmbeddedPostgres.start({ settings: { shared_buffers: "lots" } })).rejects.toMatchObject({
      code: "START_FAILED",
    });
    expect(throwAways(process.pid)).toEqual([]);
  });

  test.each([
    ["dataDir", { dataDir: "" }],
    ["dataDir", { dataDir: "line\nbreak" }],
    ["port", { port: 0 }],
    ["port", { port: 70000 }],
    ["port", { port: 80.5 }],
    ["settings", { settings: { "work mem": 1 } }],
    ["settings", { settings: { "work_mem=1 -c fsync": "off" } }],
    ["settings", { settings: { listen_addresses: "*" } }],
    ["settings", { settings: { work_mem: "1\0" } }],
    ["startTimeout", { startTimeout: 0 }],
    ["startTimeout", { startTimeout: Number.POSITIVE_INFINITY }],
  ])("for a wrong %s says so before anything is done: %j", async (option, options) => {
    await expect(EmbeddedPostgres.start(options)).rejects.toMatchObject({ code: "INVALID_OPTION", option });
  });

  test("by a timeout ends the server", async () => {
    const dataDir = await usedDataDir();
    await expect(EmbeddedPostgres.start({ dataDir, startTimeout: 0.001 })).rejects.toMatchObject({
      code: "START_FAILED",
      message: expect.stringContaining("not ready after 0.001 s"),
    });
    expect(serversOf(dataDir)).toEqual([]);
    await (await EmbeddedPostgres.start({ dataDir })).stop();
  });
});

describe("an abort", () => {
  test("before the start does nothing at all", async () => {
    const dataDir = newDataDir();
    await expect(EmbeddedPostgres.start({ dataDir, signal: AbortSignal.abort("no") })).rejects.toBe("no");
    expect(existsSync(dataDir)).toBe(false);
  });

  test.each([
    ["initdb works", "init-", newDataDir],
    ["the server starts", "postgres.log", usedDataDir],
  ])("while %s ends everything; the directory serves the next start", async (_when, sign, place) => {
    const dataDir = await place();
    const controller = new AbortController();
    const start = EmbeddedPostgres.start({ dataDir, signal: controller.signal }).catch((reason) => reason);
    await vi.waitUntil(() => controlFiles(dataDir).some((name) => name.startsWith(sign)), {
      timeout: 20_000,
      interval: 1,
    });
    controller.abort("changed my mind");
    expect(await start).toBe("changed my mind");
    expect(serversOf(dataDir)).toEqual([]);
    expect(controlFiles(dataDir).filter((name) => /^(init|owner)-/.test(name))).toEqual([]);
    const server = await EmbeddedPostgres.start({ dataDir });
    expect(await query(server.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    await server.stop();
  });
});

describe("a server that dies", () => {
  test("is reported with its own lines, without statements or values", async () => {
    // A backend that crashes takes the others down; with restart_after_crash the server itself would live on.
    const server = await EmbeddedPostgres.start({ settings: { restart_after_crash: "off" } });
    await query(server.url, "CREATE TABLE people (email text PRIMARY KEY)");
    const clash = "INSERT INTO people VALUES ('ada@example.org'), ('ada@example.org')";
    await expect(query(server.url, clash)).rejects.toMatchObject({ code: "23505" });
    const [backend] = await query<{ pid: number }>(
      server.url,
      "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'",
    );
    process.kill(backend!.pid, "SIGSEGV");
    const exit = await server.exited;
    expect(exit.code).toBe(1);
    expect(exit.log).toMatch(/was terminated by signal 11/);
    expect(readFileSync(join(server.dataDir, "hypertroq/postgres.log"), "utf8")).toContain("ada@example.org");
    expect(exit.log).not.toContain("ada@example.org");
    await expect(server.createDatabase("late")).rejects.toMatchObject({ code: "NOT_RUNNING" });
    await server.stop();
    expect(existsSync(server.dataDir)).toBe(false);
  });
});

test("the lines that are shown begin at a line, keep what belongs together, and leave clients' errors out", () => {
  const file = join(temporary(), "log");
  const head = "2026-01-01 UTC [1] ";
  writeFileSync(
    file,
    [
      `${head}LOG:  of an earlier run`,
      `${head}ERROR:  duplicate key`,
      `${head}DETAIL:  Key (email)=(ada) exists.`,
      `${head}STATEMENT:  INSERT`,
      "\tVALUES ('ada')",
      `${head}FATAL:  out of order`,
      `${head}DETAIL:  it was made`,
      "\tby PostgreSQL 15",
      `${head}LOG:  server process (PID 2) was terminated by signal 11`,
      `${head}DETAIL:  Failed process was running: SELECT 'ada'`,
      "\t, 'ada'",
      "postgres: error while loading shared libraries: libicui18n.so.60",
      "",
    ].join("\n"),
  );
  expect(tail(file, 5).split("\n")).toEqual([
    `${head.slice(5)}LOG:  of an earlier run`,
    `${head}FATAL:  out of order`,
    `${head}DETAIL:  it was made`,
    "\tby PostgreSQL 15",
    `${head}LOG:  server process (PID 2) was terminated by signal 11`,
    "postgres: error while loading shared libraries: libicui18n.so.60",
  ]);
  expect(tail(file, 0, 1)).toBe("postgres: error while loading shared libraries: libicui18n.so.60");
  writeFileSync(file, `${"x".repeat(70_000)}\n${head}LOG:  last\n`);
  expect(tail(file, 0)).toBe(`${head}LOG:  last`);
  expect(tail(`${file}.none`, 0)).toBe("");
});
