import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBackup } from "../../src/backup/create.ts";
import { BackupKey } from "../../src/backup/key.ts";
import type { Manifest } from "../../src/backup/manifest.ts";
import { connectOptions } from "../../src/connection/options.ts";

/** A directory for backups that is gone afterwards. */
export function backupDirectory(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "hypertroq-backups-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export const newKey = (): BackupKey => BackupKey.from(randomBytes(32).toString("base64"));

/** A backup by the pg_dump that needs no installation: what a machine has is not asked for. */
export function backUp(url: string, directory: string, key?: BackupKey): Promise<Manifest> {
  return createBackup({ connect: connectOptions({ url }), directory, key, path: "" });
}
