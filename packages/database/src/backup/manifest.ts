import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { BackupDamaged, BackupKeyUnfit } from "./errors.ts";
import type { BackupKey } from "./key.ts";
import type { Part } from "./part.ts";
import type { RowsDigest } from "./rows-digest.ts";

/** A table's rows: what COPY … TO STDOUT gave, in its text format. */
export interface BackedUpTable extends Part {
  readonly schema: string;
  readonly name: string;
  /** The table that it is a partition of, at the top. */
  readonly partitionOf?: { readonly schema: string; readonly name: string };
  /** Of an extension's table: which rows are not made by its script. */
  readonly condition?: string;
  /** Of the rows, in their order; generated ones are not among them. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: number;
  /** See `RowsDigest`; sealed with the key where the backup is encrypted, so that it says nothing of the rows. */
  readonly checksum: string;
}

/** Where a sequence stood. */
export interface BackedUpSequence {
  readonly schema: string;
  readonly name: string;
  /** The table whose column it belongs to. */
  readonly ownedBy?: { readonly schema: string; readonly name: string };
  /** A bigint in digits. */
  readonly value: string;
  readonly isCalled: boolean;
}

/** What a backup says of itself. It holds no row, no password and no URL. */
export interface Manifest {
  readonly format: 1;
  readonly name: string;
  readonly database: string;
  /** `16.14`. */
  readonly serverVersion: string;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  /** What wrote the schema: `pg_dump (PostgreSQL) 16.4`. */
  readonly schemaBy: string;
  /** Alembic's version rows. */
  readonly revisions: readonly string[];
  /** Roles that own something or have been granted something; they belong to the server and are not in the backup. */
  readonly roles: readonly string[];
  /** In ISO 8601. The data are of the moment when it started. */
  readonly startedAt: string;
  readonly finishedAt: string;
  /** Rows, and bytes as stored. */
  readonly rows: number;
  readonly bytes: number;
  readonly encryption?: { readonly cipher: "aes-256-gcm"; readonly salt: string; readonly check: string };
  /** Everything that comes before the data: types, tables, functions. */
  readonly preData: Part;
  /** Everything that comes after: indexes, keys, triggers, policies, refreshed views. */
  readonly postData: Part;
  readonly tables: readonly BackedUpTable[];
  readonly sequences: readonly BackedUpSequence[];
}

export const MANIFEST = "manifest.json";

/** The manifest's file: with a checksum, so that it is believed only whole, and a seal, so that nobody else has written it. */
export function encodeManifest(manifest: Manifest, key: BackupKey | undefined): string {
  const content = JSON.stringify(manifest);
  const sha256 = createHash("sha256").update(content).digest("hex");
  const seal = key === undefined ? {} : { seal: key.seal(manifest.encryption!.salt, MANIFEST, content) };
  return `${JSON.stringify({ manifest, sha256, ...seal }, undefined, 2)}\n`;
}

/** @throws {BackupDamaged} when it is not, byte for byte, what `encodeManifest` made of something. */
export async function readManifest(directory: string, name: string): Promise<{ manifest: Manifest; seal?: string }> {
  let problem = "its manifest is not what it was.";
  try {
    const text = await readFile(join(directory, MANIFEST), "utf8");
    const file = JSON.parse(text) as { manifest: Manifest; sha256: string; seal?: string };
    const { manifest, sha256, seal } = file;
    if ((manifest.format as number) > 1) problem = "a newer version of this library has written it.";
    const isWhole =
      createHash("sha256").update(JSON.stringify(manifest)).digest("hex") === sha256 &&
      `${JSON.stringify(file, undefined, 2)}\n` === text;
    if (isWhole && manifest.format === 1) return seal === undefined ? { manifest } : { manifest, seal };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== undefined) problem = `its manifest cannot be read (${code}).`;
  }
  throw new BackupDamaged(name, [problem]);
}

/**
 * Looks whether a key is the one that a backup was encrypted with.
 *
 * @returns the key; undefined for a backup that is not encrypted.
 * @throws {BackupKeyUnfit} @throws {BackupDamaged} when somebody without the key has written the manifest.
 */
export function keyFor(
  { manifest, seal }: { readonly manifest: Manifest; readonly seal?: string },
  key: BackupKey | undefined,
): BackupKey | undefined {
  const { name, encryption } = manifest;
  if (encryption === undefined) return undefined;
  if (key === undefined)
    throw new BackupKeyUnfit(`The backup ${name} is encrypted, and there is no key. Set BACKUP_KEY.`);
  if (key.check(encryption.salt) !== encryption.check) {
    throw new BackupKeyUnfit(`The backup ${name} was encrypted with another key than this one.`);
  }
  if (key.seal(encryption.salt, MANIFEST, JSON.stringify(manifest)) !== seal) {
    throw new BackupDamaged(name, ["its manifest was not written with its key."]);
  }
  return key;
}

/** The key of one of its files. */
export function partKey(
  { encryption }: Pick<Manifest, "encryption">,
  key: BackupKey | undefined,
  file: string,
): Buffer | undefined {
  return encryption === undefined ? undefined : key!.derive(encryption.salt, `part ${file}`);
}

/** A checksum as it stands in a manifest: of encrypted rows it must not tell anything. Empty when the rows ended within one. */
export function checksumOf(digest: RowsDigest, encryption: Manifest["encryption"], key: BackupKey | undefined): string {
  const value = digest.value();
  if (value === undefined) return "";
  return encryption === undefined ? value.toString("hex") : key!.seal(encryption.salt, "rows", value);
}
