import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { FULL, sample } from "../../../../test/sample.ts";
import { createBackup } from "../../src/backup/create.ts";
import { listBackups } from "../../src/backup/directory.ts";
import { BackupNotWritten } from "../../src/backup/errors.ts";
import { newestGoodBackup } from "../../src/backup/newest.ts";
import { pruneBackups } from "../../src/backup/retention.ts";
import { verifyBackup } from "../../src/backup/verify.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { FaultProxy } from "../faults/proxy.ts";
import { backUp, backupDirectory } from "./backup-directory.ts";
import { fillNoisy } from "./noisy-table.ts";

let database: TestDatabase;
/** What a backup sends, and how large it is: made once, by way of it. */
let proxy: FaultProxy;
let bytes: number;
beforeAll(async () => {
  database = await createTestDatabase();
  await fillNoisy(database);
  proxy = await FaultProxy.start(database.url);
  using whole = backupDirectory();
  ({ bytes } = await backUp(proxy.url, whole.path));
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await database.drop();
});

/** The states of what is in a directory. A good one is read whole: it has to be what it says. */
async function states(directory: string): Promise<readonly string[]> {
  const entries = await listBackups(directory);
  for (const { state, name } of entries) if (state === "good") await verifyBackup({ directory, backup: name });
  return entries.map(({ state }) => state);
}

/** Makes a backup in a process that dies at a moment. @returns how many calls of the file system there were if it lived. */
async function killedAt(directory: string, nth: number, moment: string): Promise<number | undefined> {
  const script = fileURLToPath(new URL("killed-backup.mjs", import.meta.url));
  const child = spawn(process.execPath, [script, database.url, directory, String(nth), moment], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const signal = await new Promise((resolve) => child.once("close", (_, by) => resolve(by)));
  return signal === "SIGKILL" ? undefined : Number(said);
}

it("is never good before it is whole, when its process is killed", async () => {
  using whole = backupDirectory();
  const calls = (await killedAt(whole.path, 0, "never"))!;
  expect(calls).toBeGreaterThan(15);
  expect(await states(whole.path)).toEqual(["good"]);
  const rename = calls - 2; // what comes after it waits for the disk: open, sync
  const moments = [
    ...[1, 2, 3, 4, 5].map((nth) => [nth, "within"] as const),
    ...Array.from({ length: calls }, (_, i) => [i + 1, "before"] as const),
    [rename, "after"] as const,
  ];
  for (const [nth, moment] of sample(moments, 1)) {
    using directory = backupDirectory();
    expect(await killedAt(directory.path, nth, moment), `call ${nth} of ${calls}`).toBeUndefined();
    const found = await states(directory.path);
    const isDone = moment === "after" || (moment === "before" && nth > rename);
    expect(found, `${moment} call ${nth} of ${calls}`).toEqual(
      isDone ? ["good"] : nth > 2 || moment === "within" ? ["unfinished"] : [],
    );
    if (!isDone) expect(await newestGoodBackup(directory.path)).toBeUndefined();
    // It may still be under way, for all that anybody knows.
    expect((await pruneBackups({ directory: directory.path })).removed).toEqual([]);
    // The next one is not kept from anything.
    if (FULL) {
      await backUp(database.url, directory.path);
      expect((await states(directory.path)).filter((state) => state === "good")).toHaveLength(isDone ? 2 : 1);
    }
  }
});

it.skipIf(process.getuid?.() !== 0)(
  "leaves nothing on a disk that is full, and says so (as root, who may mount one)",
  async () => {
    const sizes = Array.from({ length: Math.ceil(bytes / 4096) - 1 }, (_, i) => (i + 1) * 4);
    for (const size of sample(sizes, 1)) {
      const directory = mkdtempSync(join(tmpdir(), "hypertroq-full-"));
      execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}k`, "tmpfs", directory]);
      try {
        const failure = await backUp(database.url, directory).catch((error: unknown) => error);
        expect(failure, `${size} KB`).toBeInstanceOf(BackupNotWritten);
        expect((failure as Error).message).toMatch(/there is no space left\. What there was of it has been removed\.$/);
        expect(readdirSync(directory)).toEqual([]);
      } finally {
        execFileSync("umount", [directory]);
        rmSync(directory, { recursive: true });
      }
    }
  },
);

it("leaves nothing when the connection is cut, whatever was being asked", async () => {
  const messages = proxy.recording.messages.length;
  expect(messages).toBeGreaterThan(50);
  const step = Math.ceil(messages / 60); // many of them ask for much the same
  const moments = Array.from({ length: Math.floor(messages / step) }, (_, i) => (i + 1) * step);
  for (const nth of sample(moments, 1)) {
    using directory = backupDirectory();
    let seen = 0;
    proxy.onMessage = () => {
      seen += 1;
      if (seen === nth) proxy.cut(nth % 2 === 0 ? "rst" : "fin");
    };
    const failure = await backUp(proxy.url, directory.path).then(
      () => undefined,
      (error: { code?: string }) => error.code,
    );
    // What is asked last, goodbye, is not needed any more.
    if (failure === undefined) expect(await states(directory.path)).toEqual(["good"]);
    else {
      expect(failure, `message ${nth} of ${messages}`).toMatch(/^(CONNECTION_(LOST|FAILED)|PG_DUMP_FAILED)$/);
      expect(readdirSync(directory.path)).toEqual([]);
    }
  }
  proxy.onMessage = () => {};
});

it("leaves nothing when it is aborted, and asks the server nothing more", async () => {
  const reason = new Error("enough");
  for (const what of ["schema", "public.notes"]) {
    using directory = backupDirectory();
    const abort = new AbortController();
    const making = createBackup({
      connect: connectOptions({ url: database.url }),
      directory: directory.path,
      path: "",
      signal: abort.signal,
      onProgress: (progress) => {
        if (progress.what === what) abort.abort(reason);
      },
    });
    await expect(making).rejects.toBe(reason);
    expect(readdirSync(directory.path)).toEqual([]);
  }
  await expect
    .poll(() => database.query("select from pg_stat_activity where application_name = 'hypertroq backup'"))
    .toEqual([]);
});

it("takes the directories back that it made, unless something else lies there", async () => {
  using directory = backupDirectory();
  const connect = connectOptions({ url: database.url });
  const inner = join(directory.path, "outer", "inner");
  const refuse = async (onProgress: () => void) =>
    await createBackup({ connect, directory: inner, path: "", onProgress }).catch((error: Error) => error.message);
  const fail = (): never => {
    throw new Error("enough");
  };
  expect(await refuse(fail)).toBe("enough");
  expect(readdirSync(directory.path)).toEqual([]);
  const other = join(directory.path, "outer", "other");
  expect(await refuse(() => writeFileSync(other, "") ?? fail())).toBe("enough");
  expect(readdirSync(join(directory.path, "outer"))).toEqual(["other"]);
  await expect(verifyBackup({ directory: inner })).rejects.toThrow(
    `There is no good backup in ${inner}. Make one: hypertroq backup create`,
  );
});

it("ends with the reason when it is aborted while it waits for a table", async () => {
  using directory = backupDirectory();
  const holder = new pg.Client({ connectionString: database.url });
  await holder.connect();
  await holder.query("begin; lock table notes in access exclusive mode");
  const [abort, reason] = [new AbortController(), new Error("enough")];
  const connect = connectOptions({ url: database.url });
  const making = createBackup({ connect, directory: directory.path, path: "", signal: abort.signal });
  const failure = making.catch((error: unknown) => error);
  await expect
    .poll(() =>
      database.query("select from pg_stat_activity where query like 'lock table %' and wait_event_type = 'Lock'"),
    )
    .toHaveLength(1);
  abort.abort(reason);
  expect(await failure).toBe(reason);
  expect(readdirSync(directory.path)).toEqual([]);
  await holder.end();
});

it("gives each a name of its own when several are made at the same time", async () => {
  using directory = backupDirectory();
  const made = await Promise.all([1, 2].map(() => backUp(database.url, directory.path)));
  expect(new Set(made.map(({ name }) => name)).size).toBe(2);
  expect(await states(directory.path)).toEqual(["good", "good"]);
});

it("is of the moment when it began", async () => {
  using directory = backupDirectory();
  let writing: Promise<unknown> | undefined;
  const manifest = await createBackup({
    connect: connectOptions({ url: database.url }),
    directory: directory.path,
    path: "",
    onProgress: () => {
      writing ??= database.query("insert into notes select 5000, 'written meanwhile'");
    },
  });
  expect(manifest.tables.find(({ name }) => name === "notes")!.rows).toBe(2000);
  await writing;
  expect(await database.query("delete from notes where id = 5000 returning id")).toHaveLength(1);
});

it("has all rows of what is there when one table is rewritten and another dropped as it begins", async () => {
  using directory = backupDirectory();
  await using client = await openClient();
  await client.query("create table going as select 1 as id");
  await client.query("begin");
  await client.query("alter table notes alter column text type varchar using lower(text); drop table going");
  const making = backUp(database.url, directory.path);
  await expect
    .poll(() =>
      database.query("select from pg_stat_activity where query like 'lock table%' and wait_event_type = 'Lock'"),
    )
    .toHaveLength(1);
  await client.query("commit");
  const { tables } = await making;
  expect(tables.map(({ name, rows }) => [name, rows])).toEqual([
    ["notes", 2000],
    ["owners", 100],
  ]);
});

async function openClient(): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}
