import { join } from "node:path";
import type { BackupKey } from "./key.ts";
import { type BackedUpTable, checksumOf, type Manifest, partKey } from "./manifest.ts";
import { type Part, PartUnusable, readPart } from "./part.ts";
import { RowsDigest } from "./rows-digest.ts";

/** Reads the parts of one backup, and looks whether they are what its manifest says. */
export class PartReader {
  readonly #path: string;
  readonly #manifest: Manifest;
  readonly #key: BackupKey | undefined;
  #digest = new RowsDigest();

  /** @param path the backup's directory. @param key as `keyFor` gave it. */
  constructor(path: string, manifest: Manifest, key: BackupKey | undefined) {
    this.#path = path;
    this.#manifest = manifest;
    this.#key = key;
  }

  /** Of the table that was read last, so far. */
  get rows(): number {
    return this.#digest.rows;
  }

  /**
   * What a part holds, in pieces cut anywhere; believe them when all were given.
   *
   * @param table whose rows they are; undefined for SQL.
   * @throws {PartUnusable}
   */
  async *read(part: Part, table?: BackedUpTable): AsyncGenerator<Buffer, void, undefined> {
    this.#digest = new RowsDigest();
    const { encryption } = this.#manifest;
    for await (const piece of readPart(
      join(this.#path, part.file),
      part,
      partKey(this.#manifest, this.#key, part.file),
    )) {
      if (table !== undefined) this.#digest.update(piece);
      yield piece;
    }
    if (table === undefined) return;
    if (this.rows !== table.rows) throw new PartUnusable(`holds ${this.rows} rows and held ${table.rows}.`);
    if (checksumOf(this.#digest, encryption, this.#key) !== table.checksum) throw new PartUnusable("holds other rows.");
  }

  /** SQL, whole. @throws {PartUnusable} */
  async text(part: Part): Promise<string> {
    const pieces: Buffer[] = [];
    for await (const piece of this.read(part)) pieces.push(piece);
    return Buffer.concat(pieces).toString("utf8");
  }
}
