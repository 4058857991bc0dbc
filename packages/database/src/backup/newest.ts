import { type DrillRecord, goodBackups } from "./directory.ts";
import type { Manifest } from "./manifest.ts";

/**
 * The newest good backup of a directory; undefined when there is none. For an alert: how old is it?
 *
 * @param database whose backups count; default all.
 */
export async function newestGoodBackup(directory: string, database?: string): Promise<Manifest | undefined> {
  const [newest] = await goodBackups(directory, database);
  return newest?.manifest;
}

/**
 * The newest drill of the backups in a directory, whether it went well or not; undefined when there was none.
 *
 * @param database whose backups count; default all.
 */
export async function newestDrill(directory: string, database?: string): Promise<DrillRecord | undefined> {
  const drills = (await goodBackups(directory, database)).flatMap(({ drill }) => drill ?? []);
  return drills.sort((a, b) => (a.at < b.at ? 1 : -1))[0];
}

/**
 * What the alert rules about backups ask for (`backupRules` of `@hypertroq/database/monitoring`), of one directory.
 *
 * @param database whose backups count; default all.
 */
export function backupFacts(directory: string, database?: string) {
  return {
    /** When the newest good backup was finished. */
    newestGood: async () => {
      const backup = await newestGoodBackup(directory, database);
      return backup && { finishedAt: new Date(backup.finishedAt) };
    },
    /** When the newest drill was done, and whether it went well. */
    newestDrill: async () => {
      const drill = await newestDrill(directory, database);
      return drill && { finishedAt: new Date(drill.at), ok: drill.ok };
    },
  };
}
