import type { AlertRule } from "../rule.ts";

/** What is known of an application's backups; `@hypertroq/database/backup` finds it out. */
export interface BackupFacts {
  /** When the newest good one was finished; undefined: there is none. */
  newestGood(): Promise<{ readonly finishedAt: Date } | undefined>;
  /** How the newest drill ended; undefined: there was none. */
  newestDrill?(): Promise<{ readonly finishedAt: Date; readonly ok: boolean } | undefined>;
}

const HOUR = 3600;

/** Rules about an application's backups. */
export function backupRules({ newestGood, newestDrill }: BackupFacts): readonly AlertRule[] {
  const missing: AlertRule = {
    id: "backup-missing",
    title: "There is no good backup",
    meaning: "All that is stored would be lost with the server.",
    remedy:
      "Make one: hypertroq backup create. Where a schedule should have made one, the log of its last run says why not.",
    unit: "count",
    critical: 1,
    async measure() {
      if ((await newestGood()) !== undefined) return [];
      return [{ subject: "backups", value: 1, detail: "None is kept that could be restored." }];
    },
  };
  const age: AlertRule = {
    id: "backup-age",
    title: "The newest good backup is old",
    meaning: "What was stored since then would be lost with the server.",
    remedy:
      "Look why the schedule made none: hypertroq backup list, the log of the last run. Make one: hypertroq backup create",
    unit: "s",
    warning: 26 * HOUR,
    critical: 50 * HOUR,
    async measure() {
      const newest = await newestGood();
      if (newest === undefined) return [];
      const value = (Date.now() - newest.finishedAt.getTime()) / 1000;
      return [{ subject: "backups", value, detail: `It was finished at ${newest.finishedAt.toISOString()}.` }];
    },
  };
  const drill: AlertRule = {
    id: "backup-drill",
    title: "A backup could not be restored",
    meaning: "Restored for trial, it did not give back what it was made of.",
    remedy: "hypertroq backup drill says what differs. Make a new backup and drill it before the old ones are pruned.",
    unit: "count",
    critical: 1,
    fireAfter: 1,
    async measure() {
      const newest = await newestDrill?.();
      if (newest === undefined || newest.ok) return [];
      return [{ subject: "the drill", value: 1, detail: `It failed at ${newest.finishedAt.toISOString()}.` }];
    },
  };
  const drillAge: AlertRule = {
    id: "drill-age",
    title: "No backup was restored for trial for long",
    meaning: "A backup that nobody has restored may be none.",
    remedy: "hypertroq backup drill, each week: the backend does it when BACKUP_DRILL_SCHEDULE is set.",
    unit: "s",
    warning: 8 * 24 * HOUR,
    async measure() {
      const newest = await newestDrill?.();
      if (newest === undefined) {
        return [
          { subject: "the drill", value: Number.POSITIVE_INFINITY, detail: "There was none of a backup that is kept." },
        ];
      }
      const value = (Date.now() - newest.finishedAt.getTime()) / 1000;
      return [{ subject: "the drill", value, detail: `The last one ended at ${newest.finishedAt.toISOString()}.` }];
    },
  };
  return newestDrill === undefined ? [missing, age] : [missing, age, drill, drillAge];
}
