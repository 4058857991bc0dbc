import type { connectOptions } from "@hypertroq/database";
import { BackupKey, scheduledBackup } from "@hypertroq/database/backup";
import { Cron } from "croner";
import type { Logger } from "pino";
import type { Settings } from "../settings.ts";

export interface ScheduleOptions {
  readonly settings: Settings;
  /** To the database itself, past a pooler. */
  readonly connect: ReturnType<typeof connectOptions>;
  readonly logger: Logger;
}

/** Backups that are made by the clock. */
export interface Schedule {
  /** Makes no more; one that is being made is given up, and leaves nothing. */
  stop(): Promise<void>;
}

/**
 * What is wrong with cron words, as the end of a sentence; undefined when nothing is. Five fields, six with seconds in front,
 * or a nickname such as `@daily`.
 */
export function problemWithSchedule(words: string): string | undefined {
  try {
    const next = new Cron(words, { paused: true, timezone: "UTC" }).nextRun();
    return next === null ? "they never come" : undefined;
  } catch (error) {
    return (error as Error).message.replace(/^CronPattern: /, "");
  }
}

/**
 * Makes a backup whenever BACKUP_SCHEDULE says so, in UTC, and removes those that are not needed any more. Of several
 * processes on one database only one does it. What fails is logged, and tried again at the next time.
 *
 * @returns undefined when BACKUP_SCHEDULE is not set.
 * @throws {BackupKeyUnfit}
 */
export function scheduleBackups({ settings, connect, logger }: ScheduleOptions): Schedule | undefined {
  const { BACKUP_SCHEDULE, BACKUP_DIRECTORY: directory, BACKUP_KEY, BACKUP_KEY_FILE } = settings;
  if (BACKUP_SCHEDULE === undefined) return undefined;
  const key = BackupKey.fromEnvironment({ BACKUP_KEY, BACKUP_KEY_FILE });
  if (key === undefined) logger.warn("backups are not encrypted: set BACKUP_KEY or BACKUP_KEY_FILE");
  const stopped = new AbortController();
  const { signal } = stopped;
  let running: Promise<void> = Promise.resolve();
  const make = async (next: Date | null): Promise<void> => {
    // Others are held off for a minute, but never until the next one is due.
    const hold = next === null ? 0 : Math.min(60_000, (next.getTime() - Date.now()) / 2);
    try {
      const done = await scheduledBackup({ connect, directory, key, hold, signal });
      if (done === undefined) return logger.debug("another process makes the backup");
      const { name, rows, bytes } = done.made;
      logger.info({ backup: name, rows, bytes, removed: done.pruned.removed.length }, "backup made");
      await done.released;
    } catch (error) {
      if (!signal.aborted) logger.error({ err: error }, "no backup was made");
    }
  };
  const cron = new Cron(BACKUP_SCHEDULE, { timezone: "UTC", protect: true, unref: true }, () => {
    running = make(cron.nextRun());
    return running;
  });
  logger.info({ next: cron.nextRun()?.toISOString(), directory }, "backups are made by the clock");
  return {
    stop: async () => {
      cron.stop();
      stopped.abort();
      await running;
    },
  };
}
