import type { Retention } from "./retention.ts";

/** What `hypertroq backup` works with. */
export interface BackupsConfig {
  /** Where backups are kept; BACKUP_DIRECTORY wins. Default `.hypertroq/backups`, for an app that is tried out. */
  readonly directory?: string;
  /** How many `hypertroq backup prune` keeps; default 7 daily, 4 weekly and 12 monthly ones. */
  readonly keep?: Retention;
}
