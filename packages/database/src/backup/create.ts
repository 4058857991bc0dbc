import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { ConnectOptions } from "../connection/connect.ts";
import type { Connection } from "../connection/connection.ts";
import {
  beginSnapshot,
  copyTo,
  databaseFacts,
  type FoundTable,
  findRevisions,
  findSequences,
  findTables,
} from "./contents.ts";
import { newName, Unfinished, writeWhole } from "./directory.ts";
import type { BackupKey } from "./key.ts";
import { type BackedUpTable, checksumOf, encodeManifest, MANIFEST, type Manifest, partKey } from "./manifest.ts";
import { type Part, writePart } from "./part.ts";
import { findPgDump } from "./pg-dump.ts";
import { RowsDigest } from "./rows-digest.ts";
import { backupOptions, connectForBackup, copyOut } from "./sql.ts";

/** What a backup, a check or a restore is at. */
export interface BackupProgress {
  /** `schema`, or the table's name with its schema. */
  readonly what: string;
  /** Its place among all, from 1. */
  readonly step: number;
  readonly steps: number;
  /** Rows so far, of all tables. */
  readonly rows: number;
}

/** Options of {@link createBackup}. */
export interface CreateBackupOptions {
  readonly connect: ConnectOptions;
  /** Where backups are kept; made when missing. */
  readonly directory: string;
  /** To encrypt it with. Default: it is not encrypted. */
  readonly key?: BackupKey | undefined;
  /** Where pg_dump is looked for; default the environment's PATH. */
  readonly path?: string | undefined;
  /** Is told how far it is. */
  readonly onProgress?: ((progress: BackupProgress) => void) | undefined;
  /** Aborting it cancels what runs and removes what there is. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes a backup of a database: of one moment, while others work on it. It is there when this resolves, whole and on the
 * disk, and not before.
 *
 * @throws {BackupRefused} @throws {PgDumpMissing} @throws {PgDumpFailed} @throws {BackupNotWritten} @throws what connecting
 *   and the server's statements throw, and the signal's reason. Nothing is left then.
 */
export async function createBackup(options: CreateBackupOptions): Promise<Manifest> {
  const { connect, directory, key, signal } = options;
  const startedAt = new Date();
  const name = newName(startedAt);
  const connection = await connectForBackup(connect, signal);
  try {
    const snapshot = await beginSnapshot(connection, signal);
    const tables = await findTables(connection);
    const backup = await Unfinished.begin(directory, name);
    try {
      const work = new Work(connection, backup.path, name, startedAt, options);
      const manifest = await work.write(snapshot, tables);
      await writeWhole(join(backup.path, MANIFEST), encodeManifest(manifest, key));
      signal?.throwIfAborted();
      await backup.publish();
      return manifest;
    } catch (error) {
      await backup.discard();
      throw error;
    }
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  } finally {
    // Closed, not rolled back: when something has failed, a COPY may be under way.
    connection.destroy();
  }
}

/** The making of one backup. */
class Work {
  readonly #connection: Connection;
  readonly #path: string;
  readonly #options: CreateBackupOptions;
  readonly #head: Pick<Manifest, "format" | "name" | "startedAt" | "encryption">;
  #rows = 0;

  constructor(connection: Connection, path: string, name: string, startedAt: Date, options: CreateBackupOptions) {
    this.#connection = connection;
    this.#path = path;
    this.#options = options;
    const salt = randomBytes(16).toString("hex");
    const { key } = options;
    this.#head = {
      format: 1,
      name,
      startedAt: startedAt.toISOString(),
      ...(key && { encryption: { cipher: "aes-256-gcm", salt, check: key.check(salt) } }),
    };
  }

  async write(snapshot: string, found: readonly FoundTable[]): Promise<Manifest> {
    const connection = this.#connection;
    const { connect, path, signal, onProgress } = this.#options;
    const { versionNumber, ...facts } = await databaseFacts(connection);
    // The snapshot is on this very host.
    const writer = await findPgDump({ ...backupOptions(connect), hosts: [connection.host] }, versionNumber, path);
    const steps = found.length + 1;
    onProgress?.({ what: "schema", step: 1, steps, rows: 0 });
    const sections = ["pre-data", "post-data"] as const;
    const texts = await Promise.all(sections.map((section) => writer.write(section, snapshot, signal)));
    const preData = await this.#part("pre-data.sql", [Buffer.from(texts[0]!)]);
    const postData = await this.#part("post-data.sql", [Buffer.from(texts[1]!)]);
    const tables: BackedUpTable[] = [];
    for (const [i, table] of found.entries()) {
      const progress = { what: `${table.schema}.${table.name}`, step: i + 2, steps };
      const told = (): void => onProgress?.({ ...progress, rows: this.#rows });
      tables.push(await this.#copy(table, `table-${String(i + 1).padStart(5, "0")}.copy`, told));
    }
    const sequences = await findSequences(connection);
    const revisions = await findRevisions(connection, found);
    const bytes = [preData, ...tables, postData].reduce((sum, part) => sum + part.bytes, 0);
    const finishedAt = new Date().toISOString();
    const whole = { schemaBy: writer.version, revisions, finishedAt, rows: this.#rows, bytes };
    return { ...this.#head, ...facts, ...whole, preData, postData, tables, sequences };
  }

  async #copy(table: FoundTable, name: string, told: () => void): Promise<BackedUpTable> {
    told();
    const digest = new RowsDigest();
    const rows = copyOut(this.#connection, copyTo(table), this.#options.signal);
    const part = await this.#part(name, this.#counted(rows, digest, told));
    const checksum = checksumOf(digest, this.#head.encryption, this.#options.key);
    return { ...table, rows: digest.rows, checksum, ...part };
  }

  async *#counted(rows: AsyncIterable<Buffer>, digest: RowsDigest, told: () => void): AsyncGenerator<Buffer> {
    const before = this.#rows;
    for await (const piece of rows) {
      digest.update(piece);
      this.#rows = before + digest.rows;
      told();
      yield piece;
    }
  }

  async #part(name: string, source: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<Part> {
    const { key, signal } = this.#options;
    const file = `${name}.gz${key === undefined ? "" : ".enc"}`;
    const { encryption } = this.#head;
    const keyOfPart = encryption && partKey({ encryption }, key, file);
    return { file, ...(await writePart(join(this.#path, file), source as AsyncIterable<Buffer>, keyOfPart, signal)) };
  }
}
