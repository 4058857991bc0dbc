import { connectOptions, type DatabaseManager } from "@hypertroq/database";
import { backupFacts } from "@hypertroq/database/backup";
import { type AlertRule, backupRules, Monitor } from "@hypertroq/database/monitoring";
import { isDeployed, type Settings } from "../settings.ts";

/** Watches the backend's database. Where many depend on it, one session in ten is looked at for repeated statements. */
export function createMonitor(manager: DatabaseManager, settings: Settings): Monitor {
  const { ENVIRONMENT, ALERT_WEBHOOK: url, ALERT_WEBHOOK_SECRET: secret } = settings;
  return new Monitor(manager, {
    rules: rulesOf(settings),
    repeatedSample: isDeployed(ENVIRONMENT) ? 0.1 : 1,
    webhook: url === undefined || secret === undefined ? undefined : { url, secret },
  });
}

/** Where backups are made or drilled by the clock, their age and their drills are looked at too. */
function rulesOf({ BACKUP_SCHEDULE, BACKUP_DRILL_SCHEDULE, ...settings }: Settings): readonly AlertRule[] {
  const { BACKUP_DIRECTORY: directory, DATABASE_URL } = settings;
  if (BACKUP_SCHEDULE === undefined && BACKUP_DRILL_SCHEDULE === undefined) return [];
  const database = DATABASE_URL && connectOptions({ url: DATABASE_URL }).database;
  return backupRules(backupFacts(directory, database));
}
