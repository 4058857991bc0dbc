import { type ConnectOptions, connect } from "../connection/connect.ts";
import type { Connection } from "../connection/connection.ts";
import { quote } from "../identifier.ts";
import { ScratchUnavailable } from "../migrations/errors.ts";
import { withScratch } from "../migrations/scratch/scratch.ts";
import { copyTo, findSequences, sqlName } from "./contents.ts";
import type { BackupProgress } from "./create.ts";
import { type DrillRecord, findBackup, writeDrill } from "./directory.ts";
import { BackupDamaged, RestoreFailed } from "./errors.ts";
import type { BackupKey } from "./key.ts";
import { checksumOf, keyFor, type Manifest } from "./manifest.ts";
import { restoreBackup } from "./restore.ts";
import { RowsDigest } from "./rows-digest.ts";
import { connectForBackup, copyOut, runOnce } from "./sql.ts";
import { missingRoles } from "./target.ts";
import { counted } from "./words.ts";

/** Options of {@link drillBackup}. */
export interface DrillBackupOptions {
  readonly directory: string;
  /** Its name; default the newest good one. */
  readonly backup?: string | undefined;
  readonly key?: BackupKey | undefined;
  /** A server on which a database is made and dropped again; the one that is named is not touched. As a superuser. */
  readonly scratch: ConnectOptions;
  /** Is told how far it is. */
  readonly onProgress?: ((progress: BackupProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Restores a backup for trial, and compares what comes of it with what was backed up: rows and checksums of every table, the
 * values of sequences, and the inner order of every index and table (amcheck). Keeps what it found beside the backup.
 *
 * @returns what it found; `ok` says whether the backup can be relied on.
 * @throws {ScratchUnavailable} @throws {BackupNotFound} @throws {BackupKeyUnfit} @throws {BackupNotWritten} @throws the
 *   signal's reason. Nothing is recorded then.
 */
export async function drillBackup(options: DrillBackupOptions): Promise<DrillRecord> {
  const { directory, scratch, signal } = options;
  const found = await findBackup(directory, options.backup);
  const { manifest, name } = found;
  const key = keyFor(found, options.key);
  const began = performance.now();
  const since = (): number => Math.round(performance.now() - began) / 1000;
  const compared: string[] = [];
  const problems: string[] = [];
  let recoverySeconds = 0;
  await withRoles(scratch, manifest.roles, () =>
    withEmptyDatabase(scratch, manifest, async (connect) => {
      try {
        await restoreBackup({ ...options, backup: name, connect });
      } catch (error) {
        if (!(error instanceof RestoreFailed || error instanceof BackupDamaged)) throw error;
        problems.push(error.message);
        return;
      }
      recoverySeconds = since();
      const connection = await connectForBackup(connect, signal);
      try {
        await compareRows(connection, manifest, key, { compared, problems }, signal);
        await compareSequences(connection, manifest, { compared, problems });
        await checkStructure(connection, { compared, problems }, signal);
      } finally {
        connection.destroy();
      }
    }),
  ).catch((error: unknown) => {
    throw signal?.aborted ? signal.reason : error;
  });
  const at = new Date().toISOString();
  const record = { backup: name, ok: problems.length === 0, at, recoverySeconds, seconds: since(), compared, problems };
  await writeDrill(directory, record);
  return record;
}

interface Findings {
  readonly compared: string[];
  readonly problems: string[];
}

async function compareRows(
  connection: Connection,
  { tables, encryption }: Manifest,
  key: BackupKey | undefined,
  { compared, problems }: Findings,
  signal?: AbortSignal,
): Promise<void> {
  let rows = 0;
  for (const table of tables) {
    const digest = new RowsDigest();
    for await (const piece of copyOut(connection, copyTo(table), signal)) digest.update(piece);
    rows += digest.rows;
    const name = `${table.schema}.${table.name}`;
    if (digest.rows !== table.rows) problems.push(`${name} has ${counted(digest.rows, "row")} and had ${table.rows}.`);
    else if (checksumOf(digest, encryption, key) !== table.checksum)
      problems.push(`${name} has other rows than it had.`);
  }
  compared.push(`${counted(rows, "row")} of ${counted(tables.length, "table")}, by number and checksum`);
}

async function compareSequences(
  connection: Connection,
  { sequences }: Manifest,
  { compared, problems }: Findings,
): Promise<void> {
  const restored = new Map((await findSequences(connection)).map((one) => [sqlName(one), one]));
  for (const sequence of sequences) {
    const one = restored.get(sqlName(sequence));
    if (one?.value === sequence.value && one.isCalled === sequence.isCalled) continue;
    problems.push(`The sequence ${sequence.schema}.${sequence.name} is not at the value that it was at.`);
  }
  compared.push(sequences.length === 1 ? "the value of 1 sequence" : `the values of ${sequences.length} sequences`);
}

const INDEXES = `select c.oid::text, c.oid::regclass::text from pg_index i join pg_class c on c.oid = i.indexrelid
  join pg_am a on a.oid = c.relam where a.amname = 'btree' and c.relkind = 'i' and i.indisvalid order by c.oid`;
const HEAPS = `select c.oid::regclass::text, v.msg from pg_class c, lateral verify_heapam(c.oid) v
  where c.relkind in ('r', 'm', 't') order by 1`;

/** PostgreSQL's own check of indexes, with whether every row is in them, and of tables (amcheck). */
async function checkStructure(
  connection: Connection,
  { compared, problems }: Findings,
  signal?: AbortSignal,
): Promise<void> {
  const { rows: available } = await connection.query("select from pg_available_extensions where name = 'amcheck'");
  if (available.length === 0) {
    compared.push("nothing by amcheck, which the scratch server does not have");
    return;
  }
  // In a schema of its own: the backup's may be any.
  await runOnce(connection, "create schema hypertroq_drill");
  await runOnce(connection, "create extension if not exists amcheck schema hypertroq_drill");
  const { rows: where } = await connection.query(
    "select nspname::text from pg_extension e join pg_namespace n on n.oid = extnamespace where extname = 'amcheck'",
  );
  await runOnce(connection, `set search_path = ${quote(where[0]![0] as string)}`);
  const { rows: indexes } = await connection.query(INDEXES);
  for (const [id, name] of indexes) {
    try {
      await connection.query("select bt_index_check($1::oid::regclass, true)", [id], signal);
    } catch (error) {
      signal?.throwIfAborted();
      problems.push(`The index ${name} is not sound: ${(error as Error).message}`);
    }
  }
  const { rows: broken } = await connection.query(HEAPS, [], signal);
  for (const [name, message] of broken) problems.push(`The table ${name} is not sound: ${message}`);
  compared.push(`the structure of ${counted(indexes.length, "index", "indexes")} and of all tables (amcheck)`);
}

/** Runs `work` on a server that has these roles: those that are missing are made without login, and dropped again. */
async function withRoles(server: ConnectOptions, roles: readonly string[], work: () => Promise<void>): Promise<void> {
  const connection = await connect(server);
  const made: string[] = [];
  try {
    for (const role of await missingRoles(connection, roles)) {
      await runOnce(connection, `create role ${quote(role)} nologin`);
      made.push(role);
    }
    await work();
  } finally {
    try {
      for (const role of made) await runOnce(connection, `drop role if exists ${quote(role)}`);
    } finally {
      await connection.close();
    }
  }
}

/** In the original's locale; where the server does not have it, in that of no language. */
async function withEmptyDatabase(
  server: ConnectOptions,
  { encoding, collate, ctype }: Manifest,
  work: (connect: ConnectOptions) => Promise<void>,
): Promise<void> {
  let isMade = false;
  const run = (locale: { collate: string; ctype: string }): Promise<void> =>
    withScratch(server, { encoding, ...locale, path: [], schemas: [], extensions: [] }, async (open) => {
      const { rows } = await (await open()).query("select current_database()");
      isMade = true;
      await work({ ...server, database: rows[0]![0] as string });
    });
  try {
    await run({ collate, ctype });
  } catch (error) {
    if (isMade || !(error instanceof ScratchUnavailable)) throw error;
    await run({ collate: "C", ctype: "C" });
  }
}
