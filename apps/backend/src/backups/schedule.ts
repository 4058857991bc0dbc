import { connectOptions } from "@hypertroq/database";
import { BackupKey, scheduledBackup, scheduledDrill } from "@hypertroq/database/backup";
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
 * Makes a backup whenever BACKUP_SCHEDULE says so, in UTC, and removes those that are not needed any more; drills the newest
 * whenever BACKUP_DRILL_SCHEDULE says so. Of several processes on one database only one does it. What fails is logged, and
 * tried again at the next time.
 *
 * @returns undefined when neither is set.
 * @throws {BackupKeyUnfit}
 */
export function scheduleBackups({ settings, connect, logger }: ScheduleOptions): Schedule | undefined {
  const { BACKUP_SCHEDULE, BACKUP_DRILL_SCHEDULE, BACKUP_SCRATCH_URL } = settings;
  const { BACKUP_DIRECTORY: directory, BACKUP_KEY, BACKUP_KEY_FILE } = settings;
  if (BACKUP_SCHEDULE === undefined && BACKUP_DRILL_SCHEDULE === undefined) return undefined;
  const key = BackupKey.fromEnvironment({ BACKUP_KEY, BACKUP_KEY_FILE });
  const stopped = new AbortController();
  const { signal } = stopped;
  const common = { connect, directory, key, signal };
  const clocks: Clock[] = [];
  if (BACKUP_SCHEDULE !== undefined) {
    if (key === undefined) logger.warn("backups are not encrypted: set BACKUP_KEY or BACKUP_KEY_FILE");
    const make = async (hold: number): Promise<Promise<void> | undefined> => {
      const done = await scheduledBackup({ ...common, hold });
      if (done === undefined) return undefined;
      const { name, rows, bytes } = done.made;
      logger.info({ backup: name, rows, bytes, removed: done.pruned.removed.length }, "backup made");
      return done.released;
    };
    clocks.push(new Clock(BACKUP_SCHEDULE, make, { logger, signal, failed: "no backup was made" }));
    logger.info({ next: clocks.at(-1)!.next, directory }, "backups are made by the clock");
  }
  if (BACKUP_DRILL_SCHEDULE !== undefined) {
    const scratch = connectOptions({ url: BACKUP_SCRATCH_URL! });
    const drill = async (hold: number): Promise<Promise<void> | undefined> => {
      const done = await scheduledDrill({ ...common, scratch, hold });
      if (done === undefined) return undefined;
      const { backup, ok, seconds, recoverySeconds, problems } = done.record;
      if (ok) logger.info({ backup, seconds, recoverySeconds }, "backup drilled");
      else logger.error({ backup, problems }, "a backup cannot be relied on");
      return done.released;
    };
    clocks.push(new Clock(BACKUP_DRILL_SCHEDULE, drill, { logger, signal, failed: "no backup was drilled" }));
    logger.info({ next: clocks.at(-1)!.next, directory }, "backups are drilled by the clock");
  }
  return {
    stop: async () => {
      stopped.abort();
      await Promise.all(clocks.map((clock) => clock.stop()));
    },
  };
}

/** Does something whenever cron words say so, one time after the other. */
class Clock {
  readonly #cron: Cron;
  #running: Promise<void> = Promise.resolve();

  /**
   * @param work is told for how many milliseconds to hold off others: a minute, but never until the next time is due. Gives
   *   what settles when they are not any more; undefined when another process does the work.
   */
  constructor(
    words: string,
    work: (hold: number) => Promise<Promise<void> | undefined>,
    { logger, signal, failed }: { readonly logger: Logger; readonly signal: AbortSignal; readonly failed: string },
  ) {
    const run = async (next: Date | null): Promise<void> => {
      const hold = next === null ? 0 : Math.min(60_000, (next.getTime() - Date.now()) / 2);
      try {
        const released = await work(hold);
        if (released === undefined) logger.debug("another process does it");
        await released;
      } catch (error) {
        if (!signal.aborted) logger.error({ err: error }, failed);
      }
    };
    this.#cron = new Cron(words, { timezone: "UTC", protect: true, unref: true }, () => {
      this.#running = run(this.#cron.nextRun());
      return this.#running;
    });
  }

  get next(): string | undefined {
    return this.#cron.nextRun()?.toISOString();
  }

  async stop(): Promise<void> {
    this.#cron.stop();
    await this.#running;
  }
}
