/**
 * Backups that are made of one moment, proven, and restored.
 *
 * @module @hypertroq/database/backup
 */
export type { BackupsConfig } from "./config.ts";
export { type BackupProgress, type CreateBackupOptions, createBackup } from "./create.ts";
export {
  type BackupEntry,
  type DrillRecord,
  type GoodBackup,
  listBackups,
} from "./directory.ts";
export { type DrillBackupOptions, drillBackup } from "./drill.ts";
export * as errors from "./errors.ts";
export { BackupKey } from "./key.ts";
export type { BackedUpSequence, BackedUpTable, Manifest } from "./manifest.ts";
export { backupFacts, newestDrill, newestGoodBackup } from "./newest.ts";
export type { Part } from "./part.ts";
export { type RestoreBackupOptions, restoreBackup } from "./restore.ts";
export { type RestoreTableOptions, restoreTable } from "./restore-table.ts";
export { type PruneBackupsOptions, type Pruned, pruneBackups, type Retention } from "./retention.ts";
export {
  type ScheduledBackup,
  type ScheduledBackupOptions,
  type ScheduledDrill,
  type ScheduledDrillOptions,
  scheduledBackup,
  scheduledDrill,
} from "./scheduled.ts";
export { type VerifyBackupOptions, verifyBackup } from "./verify.ts";
