import { join } from "node:path";
import type { BackupProgress } from "./create.ts";
import { findBackup } from "./directory.ts";
import { BackupDamaged } from "./errors.ts";
import type { BackupKey } from "./key.ts";
import { type BackedUpTable, keyFor, type Manifest } from "./manifest.ts";
import { type Part, PartUnusable } from "./part.ts";
import { PartReader } from "./part-reader.ts";

/** Options of {@link verifyBackup}. */
export interface VerifyBackupOptions {
  readonly directory: string;
  /** Its name; default the newest good one. */
  readonly backup?: string | undefined;
  /** What it was encrypted with. */
  readonly key?: BackupKey | undefined;
  /** Is told how far it is. */
  readonly onProgress?: ((progress: BackupProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads all of a backup and looks whether every byte is what it was: the manifest, each file, and the rows that are in it.
 *
 * @throws {BackupDamaged} with all that is wrong. @throws {BackupKeyUnfit} @throws {BackupNotFound} @throws the signal's
 *   reason.
 */
export async function verifyBackup(options: VerifyBackupOptions): Promise<Manifest> {
  const { directory, onProgress, signal } = options;
  const found = await findBackup(directory, options.backup);
  const { manifest, name } = found;
  const key = keyFor(found, options.key);
  const problems: string[] = [];
  const steps = manifest.tables.length + 1;
  let rows = 0;
  const check = async (part: Part, step: number, what: string, table?: BackedUpTable): Promise<void> => {
    const reader = new PartReader(join(directory, name), manifest, key);
    try {
      for await (const _ of reader.read(part, table)) {
        signal?.throwIfAborted();
        onProgress?.({ what, step, steps, rows: rows + reader.rows });
      }
    } catch (error) {
      if (!(error instanceof PartUnusable)) throw error;
      problems.push(`${part.file} ${error.message}`);
    }
    rows += reader.rows;
  };
  await check(manifest.preData, 1, "schema");
  await check(manifest.postData, 1, "schema");
  for (const [i, table] of manifest.tables.entries()) {
    await check(table, i + 2, `${table.schema}.${table.name}`, table);
  }
  if (problems.length > 0) throw new BackupDamaged(name, problems);
  return manifest;
}
