import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { developmentServer, EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import { describe, expect, test } from "vitest";
import { FULL } from "../../../test/sample.ts";
import { Presence } from "../src/presence.ts";
import { forever, newDataDir, program, query, servers, temporary, usedDataDir } from "./helpers.ts";

const database = "app";
const sourceFor = (dataDir: string): string =>
  `const server = developmentServer(${JSON.stringify({ dataDir, database })});`;

describe("the development server", () => {
  test("that nobody has started runs not, and to stop or to reset it makes nothing", async () => {
    const dataDir = newDataDir();
    const server = developmentServer({ dataDir, database });
    expect(await server.status()).toEqual({ running: false, dataDir });
    expect(await server.stop()).toBe(false);
    await server.reset();
    expect(existsSync(dataDir)).toBe(false);
  });

  test("is started and left running, used, stopped, and reset", async () => {
    const dataDir = await usedDataDir();
    const server = developmentServer({ dataDir, database });
    const starter = program(temporary(), `${sourceFor(dataDir)} say(await server.start());`);
    const { url } = await starter.next<{ url: string }>();
    expect((await starter.ended).code).toBe(0);
    expect(await query(url, "SELECT current_database() AS name")).toEqual([{ name: "app" }]);
    const status = await server.status();
    expect(status).toMatchObject({ running: true, url, port: Number(new URL(url).port) });
    expect(await server.start()).toEqual({ url });

    const usage = await server.use();
    expect(usage.url).toBe(url);
    await usage.release();
    expect(await server.status()).toEqual(status);

    expect(await server.stop()).toBe(true);
    expect(await server.stop()).toBe(false);
    expect(servers((directory) => directory === status.dataDir)).toEqual([]);
    expect((await server.status()).running).toBe(false);
    await server.reset();
    expect(existsSync(status.dataDir)).toBe(false);
  });

  test("is the same from every directory: a relative path is refused", () => {
    expect(() => developmentServer({ dataDir: ".hypertroq/data", database })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", option: "dataDir" }),
    );
  });

  test("runs for as long as it is used when nobody has left it running", async () => {
    const dataDir = await usedDataDir();
    const server = developmentServer({ dataDir, database });
    const usage = await server.use();
    const { dataDir: real } = await server.status();
    await expect(server.stop()).rejects.toMatchObject({ code: "DATA_DIRECTORY_IN_USE", ownerPid: process.pid });
    await expect(server.reset()).rejects.toMatchObject({ code: "DATA_DIRECTORY_IN_USE", ownerPid: process.pid });
    expect(await query(usage.url, "SELECT current_database() AS name")).toEqual([{ name: "app" }]);
    await query(usage.url, "SELECT pg_sleep(0.21), 'slow' AS word");
    const log = readFileSync(join(real, "hypertroq", "postgres.log"), "utf8");
    expect(log).toMatch(/duration: \d+\.\d+ ms .*SELECT pg_sleep\(0\.21\), 'slow' AS word/);
    await usage.release();
    await usage.release();
    expect(servers((directory) => directory === real)).toEqual([]);
  });

  test("tells its owner and those attached to it when it goes away, in its own words", async () => {
    const dataDir = await usedDataDir();
    const server = developmentServer({ dataDir, database });
    const [owner, attached] = [await server.use(), await server.use()];
    process.kill((await server.status()).pid!, "SIGTERM"); // a smart shutdown, by somebody else
    for (const { exited } of [owner, attached]) {
      expect((await exited).log).toContain("database system is shut down");
    }
    await attached.release();
    await owner.release();
  });

  test("is shared: a second process attaches, and the owner does not stop it under that one", async () => {
    const dataDir = await usedDataDir();
    const directory = temporary();
    const owner = program(
      directory,
      `${sourceFor(dataDir)} const usage = await server.use(); say(usage.url);
       process.stdin.once("data", async () => { await usage.release(); say("released"); process.exit(); }); ${forever}`,
    );
    const url = await owner.next<string>();
    const server = developmentServer({ dataDir, database });
    const usage = await server.use();
    expect(usage.url).toBe(url);
    await expect(server.stop()).rejects.toMatchObject({ ownerPid: owner.child.pid });

    owner.child.stdin!.write("release\n");
    expect(await owner.next()).toBe("released");
    await owner.ended;
    expect(await query(url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    await expect(server.reset()).rejects.toMatchObject({ code: "DATA_DIRECTORY_IN_USE", ownerPid: process.pid });
    const { dataDir: real } = await server.status();
    await usage.release();
    expect(servers((path) => path === real)).toEqual([]);
  });

  test("serves many that come and go at once, none of whom loses a statement", async () => {
    const dataDir = newDataDir();
    const directory = temporary();
    const source = `${sourceFor(dataDir)}
      const { default: pg } = await import(${JSON.stringify(import.meta.resolve("pg"))});
      const usage = await server.use();
      const client = new pg.Client({ connectionString: usage.url });
      await client.connect();
      await client.query("SELECT pg_sleep($1)", [Math.random() / 4]);
      say((await client.query("SELECT current_database() AS name")).rows[0]);
      await client.end();
      await usage.release();`;
    const programs = Array.from({ length: FULL ? 8 : 5 }, () => program(directory, source));
    expect(await Promise.all(programs.map((each) => each.next()))).toEqual(programs.map(() => ({ name: "app" })));
    expect(await Promise.all(programs.map(async (each) => (await each.ended).code))).toEqual(programs.map(() => 0));
    expect((await developmentServer({ dataDir, database }).status()).running).toBe(false);
  });

  test("is not entered while it closes: who comes then starts it anew", async () => {
    const dataDir = await usedDataDir();
    const old = await EmbeddedPostgres.start({ dataDir });
    const closing = Presence.enter(join(old.dataDir, "hypertroq"), "closing");
    const coming = developmentServer({ dataDir, database }).use();
    // Time enough to enter, for one who doesn't look.
    await Promise.race([coming, sleep(300)]);
    await old.stop();
    closing.leave();
    const { url, release } = await coming;
    expect(await query(url, "SELECT current_database() AS name")).toEqual([{ name: "app" }]);
    await release();
    expect(servers((directory) => directory === old.dataDir)).toEqual([]);
  });

  test("left by a killed owner is taken over by use, which then stops it, or is stopped by stop", async () => {
    const dataDirs = [await usedDataDir(), await usedDataDir()] as const;
    const owner = program(
      temporary(),
      `for (const dataDir of ${JSON.stringify(dataDirs)}) {
         say((await developmentServer({ dataDir, database: "${database}" }).use()).url);
       }
       ${forever}`,
    );
    const url = await owner.next<string>();
    await owner.next<string>();
    owner.child.kill("SIGKILL");
    await owner.ended;
    const used = developmentServer({ dataDir: dataDirs[0], database });
    expect((await used.status()).running).toBe(true);
    const usage = await used.use();
    expect(usage.url).toBe(url);
    await usage.release();
    expect((await used.status()).running).toBe(false);

    const other = developmentServer({ dataDir: dataDirs[1], database });
    expect(await other.stop()).toBe(true);
    expect((await other.status()).running).toBe(false);
  });

  test("that dies under its owner is anybody's to start again, and the owner leaves that one alone", async () => {
    const dataDir = await usedDataDir();
    const owner = program(
      temporary(),
      `${sourceFor(dataDir)} const usage = await server.use(); say((await server.status()).pid);
       process.stdin.once("data", async () => { await usage.release(); say("released"); process.exit(); }); ${forever}`,
    );
    process.kill(await owner.next<number>(), "SIGKILL");
    const server = developmentServer({ dataDir, database, startTimeout: 20 });
    const usage = await server.use();
    const status = await server.status();
    expect(status).toMatchObject({ running: true, ownerPid: process.pid });
    owner.child.stdin!.write("release\n");
    expect(await owner.next()).toBe("released");
    expect(await query(usage.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    expect(await server.status()).toEqual(status);
    await usage.release();
    expect(await server.status()).toEqual({ running: false, dataDir: status.dataDir });
  });

  test("that died under one who only used it can be stopped and reset", async () => {
    const dataDir = await usedDataDir();
    const server = developmentServer({ dataDir, database });
    await server.start();
    const usage = await server.use();
    process.kill((await server.status()).pid!, "SIGKILL");
    await usage.exited;
    expect(await server.stop()).toBe(false);
    await server.reset();
    expect(existsSync(dataDir)).toBe(false);
    await usage.release();
  });

  test("whose owner cannot notice that it died is not waited for: the error says who that is", async () => {
    const dataDir = await usedDataDir();
    const owner = program(
      temporary(),
      `${sourceFor(dataDir)} await server.use(); say((await server.status()).pid); ${forever}`,
    );
    const pid = await owner.next<number>();
    owner.child.kill("SIGSTOP");
    process.kill(pid, "SIGKILL");
    const server = developmentServer({ dataDir, database, startTimeout: 3600 });
    const expected = {
      code: "DATA_DIRECTORY_IN_USE",
      ownerPid: owner.child.pid,
      message: expect.stringMatching(/no PostgreSQL runs there.*Stop process \d+ first/),
    };
    await expect(server.use()).rejects.toMatchObject(expected);
    await expect(server.stop()).rejects.toMatchObject(expected);
    expect(await server.status()).toMatchObject({ running: false, ownerPid: owner.child.pid });
  });

  test("reset deletes nothing that is not its own, but its own of any version", async () => {
    const dataDir = newDataDir();
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, "precious"), "");
    const server = developmentServer({ dataDir, database });
    await expect(server.reset()).rejects.toMatchObject({ code: "NOT_A_DATA_DIRECTORY" });
    expect(readdirSync(dataDir)).toEqual(["precious"]);
    mkdirSync(join(dataDir, "hypertroq"));
    writeFileSync(join(dataDir, "PG_VERSION"), "15\n");
    await expect(EmbeddedPostgres.start({ dataDir })).rejects.toMatchObject({ code: "WRONG_MAJOR_VERSION" });
    await server.reset();
    expect(existsSync(dataDir)).toBe(false);
  });

  test("refuses a database name that PostgreSQL would cut", () => {
    expect(() => developmentServer({ dataDir: "/x", database: "x".repeat(64) })).toThrow(/63 bytes/);
  });
});
