import { ageOf, type BackupEntry, listBackups, removeBackup } from "./directory.ts";

/** How many backups are kept: the newest of each of so many days, weeks and months that have one, counted back. In UTC. */
export interface Retention {
  /** Default 7. */
  readonly daily?: number;
  /** Weeks begin on Monday. Default 4. */
  readonly weekly?: number;
  /** Default 12. */
  readonly monthly?: number;
}

/** Options of {@link pruneBackups}. */
export interface PruneBackupsOptions {
  readonly directory: string;
  readonly keep?: Retention | undefined;
  /** Says what would be removed, and removes nothing. Default false. */
  readonly dryRun?: boolean | undefined;
}

/** What became of a directory's backups, by their names. */
export interface Pruned {
  /** Good backups that stay. */
  readonly kept: readonly string[];
  /** Good ones that are not needed any more, and what a process that was killed has left. */
  readonly removed: readonly string[];
  /** What is no good backup and is not removed either: somebody should look at it. */
  readonly left: readonly string[];
}

/** Milliseconds after which nobody works any more on something that is unfinished. */
const ABANDONED = 86_400_000;

/** Removes the backups that a retention does not keep. The newest good one of each database always stays. */
export async function pruneBackups({ directory, keep = {}, dryRun = false }: PruneBackupsOptions): Promise<Pruned> {
  const entries = await listBackups(directory);
  const kept = keptBy(entries, keep);
  const removed: string[] = [];
  const left: string[] = [];
  for (const { name, state } of entries) {
    if (kept.has(name)) continue;
    const isRemovable = state === "good" || (state === "unfinished" && (await ageOf(directory, name)) > ABANDONED);
    if (isRemovable) {
      if (!dryRun) await removeBackup(directory, name);
      removed.push(name);
    } else left.push(name);
  }
  return { kept: [...kept], removed, left };
}

/** The names of the backups that stay. @param entries the newest first. */
export function keptBy(entries: readonly BackupEntry[], keep: Retention): ReadonlySet<string> {
  const { daily = 7, weekly = 4, monthly = 12 } = keep;
  const rules = [
    { count: daily, period: (time: Date) => time.toISOString().slice(0, 10) },
    { count: weekly, period: mondayOf },
    { count: monthly, period: (time: Date) => time.toISOString().slice(0, 7) },
  ];
  const good = entries.filter((entry) => entry.state === "good");
  const kept = new Set<string>();
  for (const database of new Set(good.map(({ manifest }) => manifest.database))) {
    const backups = good.filter(({ manifest }) => manifest.database === database);
    kept.add(backups[0]!.name);
    for (const { count, period } of rules) {
      const newest = new Map<string, string>();
      for (const { name, manifest } of backups) {
        const key = period(new Date(manifest.startedAt));
        if (!newest.has(key)) newest.set(key, name);
      }
      for (const name of [...newest.values()].slice(0, count)) kept.add(name);
    }
  }
  return kept;
}

/** The day on which a moment's week began. */
function mondayOf(time: Date): string {
  const day = new Date(time);
  day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7));
  return day.toISOString().slice(0, 10);
}
