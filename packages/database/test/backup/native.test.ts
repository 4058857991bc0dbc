import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { expect, inject, it } from "vitest";
import { createBackup } from "../../src/backup/create.ts";
import { findPgDump } from "../../src/backup/pg-dump.ts";
import { restoreBackup } from "../../src/backup/restore.ts";
import { connect } from "../../src/connection/connect.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { backupDirectory } from "./backup-directory.ts";

/** Debian's PostgreSQL 15, with its own pg_dump. */
const BIN = "/usr/lib/postgresql/15/bin";
const PASSWORD = "n0t-on-a-command-line";

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Runs a server of version 15 while `work` lasts. It refuses root: then it runs as nobody. */
async function withServer15(work: (url: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "hypertroq-pg15-"));
  chmodSync(folder, 0o777);
  const account = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const run = (program: string, ...words: string[]): void => {
    const { status, stderr } = spawnSync(join(BIN, program), words, { ...account, cwd: folder, env: { LC_ALL: "C" } });
    if (status !== 0) throw new Error(`${program}: ${stderr}`);
  };
  const data = join(folder, "data");
  writeFileSync(join(folder, "password"), PASSWORD, { mode: 0o644 });
  const port = await freePort();
  try {
    run("initdb", "-D", data, "-U", "owner", "-A", "scram-sha-256", `--pwfile=${folder}/password`, "--no-sync");
    run("pg_ctl", "-D", data, "-w", "-l", join(folder, "log"), "-o", `-p ${port} -c fsync=off -k ''`, "start");
    await work(`postgresql://owner:${PASSWORD}@127.0.0.1:${port}/postgres`);
  } finally {
    if (existsSync(data)) spawnSync(join(BIN, "pg_ctl"), ["-D", data, "-m", "immediate", "stop"], account);
    rmSync(folder, { recursive: true, force: true });
  }
}

it.skipIf(!existsSync(`${BIN}/pg_dump`))(
  "takes the native pg_dump of the server's own version, and passes over one that is older (needs PostgreSQL 15 from Debian)",
  async () => {
    // The server of these tests is of version 16: 15 does not fit.
    const passed = await findPgDump(connectOptions({ url: inject("serverUrl") }), 160_014, BIN);
    expect(passed.version).toBe("pg_dump as WebAssembly");

    using directory = backupDirectory();
    // What stands between writes down what it was called with.
    const spy = join(directory.path, ".bin");
    mkdirSync(spy);
    const seen = join(directory.path, ".seen");
    writeFileSync(join(spy, "pg_dump"), `#!/bin/sh\nprintf '%s\\n' "$@" >> ${seen}\nexec ${BIN}/pg_dump "$@"\n`, {
      mode: 0o755,
    });
    await withServer15(async (url) => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query(`create type mood as enum ('sad', 'ok');
        create table people (id int generated always as identity primary key, mood mood, name text unique);
        insert into people (mood, name) select 'ok', 'p' || i from generate_series(1, 1000) i;
        create view happy as select * from people where mood = 'ok';
        create function f() returns int language sql begin atomic select 1; end`);
      await client.query("create database copy");
      // The password comes from a function, as tokens do.
      const options = connectOptions({ url: url.replace(`:${PASSWORD}`, ""), credentials: () => PASSWORD });
      const made = await createBackup({ connect: options, directory: directory.path, path: spy });
      expect(made).toMatchObject({ schemaBy: expect.stringMatching(/^pg_dump \(PostgreSQL\) 15\./), rows: 1000 });
      const words = readFileSync(seen, "utf8");
      expect(words).toContain("--section=pre-data");
      expect(words).not.toContain(PASSWORD);
      await restoreBackup({ connect: { ...options, database: "copy" }, directory: directory.path });
      const copy = await connect({ ...options, database: "copy" });
      const { rows } = await copy.query("select count(*)::int, f() from happy");
      expect(rows).toEqual([[1000, 1]]);
      await copy.close();
      await client.end();
    });
    expect(execFileSync("ls", [directory.path], { encoding: "utf8" }).trim().split("\n")).toHaveLength(1);
  },
);
