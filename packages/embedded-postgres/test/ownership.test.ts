import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import { describe, expect, test } from "vitest";
import { forever, newDataDir, program, query, servers, temporary, usedDataDir } from "./helpers.ts";

describe("an owner", () => {
  test("keeps others from its data directory; the error says who it is and what runs", async () => {
    const dataDir = await usedDataDir();
    const server = await EmbeddedPostgres.start({ dataDir });
    const other = program(temporary(), `await EmbeddedPostgres.start({ dataDir: ${JSON.stringify(dataDir)} });`);
    const expected = {
      code: "DATA_DIRECTORY_IN_USE",
      ownerPid: process.pid,
      postmasterPid: server.pid,
      port: server.port,
    };
    expect(await other.next()).toMatchObject({
      error: { ...expected, name: "DataDirectoryInUse", message: expect.stringContaining(`process ${process.pid}`) },
    });
    await expect(EmbeddedPostgres.start({ dataDir })).rejects.toMatchObject(expected);
    expect(await EmbeddedPostgres.find(dataDir)).toEqual({
      pid: server.pid,
      port: server.port,
      url: server.url,
      dataDir: server.dataDir,
      status: "ready",
      ownerPid: process.pid,
    });
    await server.stop();
    expect(await EmbeddedPostgres.find(dataDir)).toBe(undefined);
  });

  test("is one of four that start at the same moment where nothing was before; the others get the error", async () => {
    const dataDir = newDataDir();
    const directory = temporary();
    const programs = Array.from({ length: 4 }, () =>
      program(
        directory,
        `await new Promise((resolve) => { process.stdin.once("data", resolve); say("waiting"); });
         process.stdin.destroy();
         const server = await EmbeddedPostgres.start({ dataDir: ${JSON.stringify(dataDir)} });
         say({ pid: process.pid, url: server.url }); ${forever}`,
      ),
    );
    for (const each of programs) await each.next();
    for (const each of programs) each.child.stdin!.write("go\n");
    const said = await Promise.all(
      programs.map((each) => each.next<{ url?: string; pid?: number; error?: { code: string; ownerPid: number } }>()),
    );
    const winners = said.filter(({ error }) => error === undefined);
    expect(winners.length).toBe(1);
    const losers = said.filter(({ error }) => error !== undefined).map(({ error }) => error!);
    expect(losers.map(({ code }) => code)).toEqual(losers.map(() => "DATA_DIRECTORY_IN_USE"));
    // The one who has it; or, on a machine so busy that it was met twice, another who was about to lose.
    const pids = programs.map(({ child }) => child.pid);
    for (const { ownerPid } of losers) expect(pids).toContain(ownerPid);
    expect(await query(winners[0]!.url!, "SELECT count(*)::int FROM pg_database")).toEqual([{ count: 3 }]);
  });

  test("that is killed leaves a server that the next start adopts, with port, password and sessions", async () => {
    const dataDir = await usedDataDir();
    const owner = program(
      temporary(),
      `const server = await EmbeddedPostgres.start({ dataDir: ${JSON.stringify(dataDir)} });
       say({ pid: server.pid, url: server.url }); ${forever}`,
    );
    const before = await owner.next<{ pid: number; url: string }>();
    owner.child.kill("SIGKILL");
    await owner.ended;
    const orphan = await EmbeddedPostgres.find(dataDir);
    expect(orphan).toMatchObject({ pid: before.pid, url: before.url });
    expect(orphan).not.toHaveProperty("ownerPid");

    const server = await EmbeddedPostgres.start({ dataDir });
    expect(server).toMatchObject({ adopted: true, pid: before.pid, url: before.url });
    expect(await query(server.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    await server.stop();
    expect(servers((directory) => directory === server.dataDir)).toEqual([]);
    expect((await server.exited).log).toContain("database system is shut down");
  });

  test("can let go: the server goes on, and the next start adopts it, or restarts it when it asks for other settings", async () => {
    const dataDir = await usedDataDir();
    const first = await EmbeddedPostgres.start({ dataDir, settings: { work_mem: "5MB" } });
    await first.detach();
    await first.detach();
    await first.stop();
    const same = await EmbeddedPostgres.start({ dataDir, settings: { work_mem: "5MB" } });
    expect(same).toMatchObject({ adopted: true, pid: first.pid });
    await same.detach();
    const other = await EmbeddedPostgres.start({ dataDir, settings: { work_mem: "6MB" } });
    expect(other).toMatchObject({ adopted: false, port: first.port });
    expect(await query(other.url, "SHOW work_mem")).toEqual([{ work_mem: "6MB" }]);
    await other.stop();
  });

  test("that ends without stopping its server stops it, fast", async () => {
    const dataDir = await usedDataDir();
    const owner = program(
      temporary(),
      `const server = await EmbeddedPostgres.start({ dataDir: ${JSON.stringify(dataDir)} }); say(server.dataDir); process.exit(3);`,
    );
    const real = await owner.next<string>();
    expect((await owner.ended).code).toBe(3);
    expect(servers((directory) => directory === real)).toEqual([]);
    const log = readFileSync(join(real, "hypertroq/postgres.log"), "utf8");
    expect(log).toContain("received fast shutdown request");
    expect(log).toContain("database system is shut down");
  });

  test("alone gets the Ctrl-C of its terminal: the server goes on until it is told to stop", async () => {
    const owner = program(
      temporary(),
      `process.on("SIGINT", async () => {
         await new Promise((resolve) => setTimeout(resolve, 300));
         say(await server.createDatabase("after").then(() => "served", (error) => error.message));
         await server.stop();
         process.exit();
       });
       const server = await EmbeddedPostgres.start(); say(server.dataDir); ${forever}`,
      { leader: true },
    );
    const dataDir = await owner.next<string>();
    process.kill(-owner.child.pid!, "SIGINT");
    expect(await owner.next()).toBe("served");
    await owner.ended;
    expect(existsSync(dataDir)).toBe(false);
  });
});
