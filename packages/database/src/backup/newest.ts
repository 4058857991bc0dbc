import { type DrillRecord, listBackups } from "./directory.ts";
import type { Manifest } from "./manifest.ts";

/** The newest good backup of a directory; undefined when there is none. For an alert: how old is it? */
export async function newestGoodBackup(directory: string): Promise<Manifest | undefined> {
  const entry = (await listBackups(directory)).find(({ state }) => state === "good");
  return entry?.state === "good" ? entry.manifest : undefined;
}

/** The newest drill of the backups in a directory, whether it went well or not; undefined when there was none. */
export async function newestDrill(directory: string): Promise<DrillRecord | undefined> {
  let newest: DrillRecord | undefined;
  for (const entry of await listBackups(directory)) {
    const drill = entry.state === "good" ? entry.drill : undefined;
    if (drill !== undefined && (newest === undefined || drill.at > newest.at)) newest = drill;
  }
  return newest;
}

/** What the alert rules about backups ask for (`backupRules` of `@hypertroq/database/monitoring`), of one directory. */
export function backupFacts(directory: string) {
  return {
    newestGood: async () => {
      const backup = await newestGoodBackup(directory);
      return backup && { finishedAt: new Date(backup.finishedAt) };
    },
    newestDrill: async () => {
      const drill = await newestDrill(directory);
      return drill && { finishedAt: new Date(drill.at), ok: drill.ok };
    },
  };
}
