import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectOptions, DatabaseManager } from "@hypertroq/database";
import {
  BackupKey,
  createBackup,
  listBackups,
  newestDrill,
  scheduledBackup,
  verifyBackup,
} from "@hypertroq/database/backup";
import { pino } from "pino";
import { expect, inject, it } from "vitest";
import { createTestDatabase } from "../../../test/database.ts";
import { FULL } from "../../../test/sample.ts";
import { scheduleBackups } from "../src/backups/schedule.ts";
import { createMonitor } from "../src/monitoring/monitor.ts";
import { readBackendSettings } from "../src/settings.ts";

const TURNS = FULL ? 30 : 1;
const KEY = Buffer.alloc(32, 7).toString("base64");

it("refuses words that are no schedule, and takes cron's", () => {
  const read = (words: string): unknown => readBackendSettings({ BACKUP_SCHEDULE: words }).BACKUP_SCHEDULE;
  for (const words of ["daily", "61 * * * *", "* * *", "0 0 30 2 *", "every night"]) {
    expect(() => read(words), words).toThrow(/^.*BACKUP_SCHEDULE is no cron words that can be kept: /s);
  }
  for (const words of ["0 3 * * *", "*/15 * * * * *", "@daily", "30 1 * * MON-FRI"]) expect(read(words)).toBe(words);
  expect(read("")).toBeUndefined();
  const drill = (env: Record<string, string>) => () =>
    readBackendSettings({ BACKUP_DRILL_SCHEDULE: "@weekly", ...env });
  expect(drill({ BACKUP_DRILL_SCHEDULE: "weekly" })).toThrow(
    /BACKUP_DRILL_SCHEDULE is no cron words[\s\S]*BACKUP_SCRATCH_URL is not set/,
  );
  expect(drill({ BACKUP_SCRATCH_URL: "mysql://u:hunter2@h/x" })).toThrow(
    /BACKUP_SCRATCH_URL has the scheme "mysql"; expected postgresql$/,
  );
  expect(drill({ BACKUP_SCRATCH_URL: "postgresql://u:hunter2@h/x" })()).toMatchObject({
    BACKUP_DRILL_SCHEDULE: "@weekly",
  });
});

it("drills the newest backup by the clock, and an alert says when one fails", async () => {
  const directory = mkdtempSync(join(tmpdir(), "hypertroq-drilled-"));
  try {
    await using database = await createTestDatabase();
    await database.query("create table t as select i from generate_series(1, 100) i");
    const settings = readBackendSettings({
      DATABASE_URL: database.url,
      BACKUP_DRILL_SCHEDULE: "* * * * * *",
      BACKUP_SCRATCH_URL: inject("serverUrl"),
      BACKUP_DIRECTORY: directory,
    });
    const connect = connectOptions({ url: database.url });
    const manager = new DatabaseManager({ url: database.url });
    const monitor = createMonitor(manager, settings);
    const told = async () => {
      for (const _ of [1, 2, 3]) await monitor.look();
      return monitor
        .alerts()
        .map(({ id }) => id)
        .filter((id) => /backup|drill/.test(id));
    };
    const drilled = async (until: string): Promise<string> => {
      const lines: string[] = [];
      const logger = pino({ level: "debug" }, { write: (line: string) => void lines.push(line) });
      const schedules = [1, 2].map(() => scheduleBackups({ settings, connect, logger })!);
      await expect.poll(() => lines.join("")).toContain(until);
      await Promise.all(schedules.map((schedule) => schedule.stop()));
      return lines.join("");
    };
    expect(await told()).toEqual(["backup-missing", "drill-age"]);
    expect(await drilled("no backup was drilled")).toContain("BACKUP_NOT_FOUND");
    const made = await createBackup({ connect, directory, path: "" });
    expect(await told()).toEqual(["drill-age"]);
    expect(await drilled("backup drilled")).not.toContain('"level":50');
    expect(await told()).toEqual([]);
    expect(await newestDrill(directory)).toMatchObject({ backup: made.name, ok: true });

    const file = join(directory, made.name, made.tables[0]!.file);
    const bytes = readFileSync(file);
    bytes[bytes.length - 12]! ^= 1;
    writeFileSync(file, bytes);
    expect(await drilled("a backup cannot be relied on")).toContain("the rows of public.t: the file cannot be read");
    expect(await told()).toEqual(["backup-drill"]);
    await monitor.stop();
    await manager.close();
  } finally {
    rmSync(directory, { recursive: true });
  }
});

it("makes backups by the clock, in one of several processes, and gives up at a stop", async () => {
  const directory = mkdtempSync(join(tmpdir(), "hypertroq-scheduled-"));
  try {
    await using database = await createTestDatabase();
    await database.query("create table t as select 1 as id");
    const env = { BACKUP_SCHEDULE: "* * * * * *", BACKUP_DIRECTORY: directory, BACKUP_KEY: KEY };
    const settings = readBackendSettings({ DATABASE_URL: database.url, ...env });
    const connect = connectOptions({ url: database.url });
    const lines: string[] = [];
    const logger = pino({ level: "debug" }, { write: (line: string) => void lines.push(line) });
    const schedules = [1, 2].map(() => scheduleBackups({ settings, connect, logger })!);
    const told = () => lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === "backup made");
    await expect.poll(() => told().length).toBeGreaterThan(0);
    await Promise.all(schedules.map((schedule) => schedule.stop()));
    expect(lines.filter((line) => line.includes('"level":50'))).toEqual([]);
    expect(lines.join("")).not.toContain(KEY);
    const made = await listBackups(directory);
    // Those that were told of, without those that were removed for a newer one of the same day: one that was under way when
    // it was told to stop has left nothing.
    const removed = told().reduce((sum, line) => sum + line.removed, 0);
    expect(made).toHaveLength(told().length - removed);
    expect(made[0]!.name).toBe(told().at(-1).backup);
    for (const { state, name } of made) {
      expect(state).toBe("good");
      await verifyBackup({ directory, backup: name, key: BackupKey.from(KEY) });
    }

    // While one makes it, and for as long as it says, another does not.
    const abort = new AbortController();
    const options = { connect, directory, signal: abort.signal, path: "" };
    const both = await Promise.all([scheduledBackup(options), scheduledBackup(options)]);
    expect(both.filter((done) => done !== undefined)).toHaveLength(1);
    expect(await scheduledBackup(options)).toBeUndefined();
    const released = both.find((done) => done !== undefined)!.released;
    abort.abort();
    await released;
    // Who has released the lock has done so for everybody, at once.
    for (let turn = 1; turn <= TURNS; turn++) {
      const next = await scheduledBackup({ connect, directory, hold: 0, path: "" });
      expect(next, `turn ${turn}`).toBeDefined();
      await next!.released;
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});
