import { resolve } from "node:path";
import type { BackupProgress } from "../../../backup/create.ts";
import type { BackupKey } from "../../../backup/key.ts";
import { counted } from "../../../backup/words.ts";
import type { LoadedConfig } from "../../../config/load-config.ts";
import { StatusLine } from "../../status-line.ts";

/** Where backups are, and what they are encrypted with. */
export interface Place {
  readonly directory: string;
  readonly key: BackupKey | undefined;
}

/** @throws {BackupKeyUnfit} */
export async function placeOf({ root, backups }: LoadedConfig): Promise<Place> {
  const { BackupKey } = await import("../../../backup/key.ts");
  return { directory: directoryOf({ root, backups }), key: BackupKey.fromEnvironment(process.env) };
}

/** A relative one is beneath the app's root. */
export function directoryOf({ root, backups }: Pick<LoadedConfig, "root" | "backups">): string {
  const given = process.env["BACKUP_DIRECTORY"]?.trim();
  return given ? resolve(root, given) : backups.directory;
}

/** Shows on a terminal what a backup is at, while `work` runs. */
export async function withProgress<T>(
  work: (onProgress: (progress: BackupProgress) => void) => Promise<T>,
): Promise<T> {
  const line = new StatusLine();
  let last = 0;
  let step = 0;
  try {
    return await work((progress) => {
      const now = performance.now();
      if (progress.step === step && now - last < 100) return;
      [last, step] = [now, progress.step];
      line.show(`  ${progress.step}/${progress.steps} ${progress.what}, ${counted(progress.rows, "row")}`);
    });
  } finally {
    line.clear();
  }
}

/** `3.4 MB`. */
export function sizeOf(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}
