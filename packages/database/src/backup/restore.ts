import { join } from "node:path";
import type { ConnectOptions } from "../connection/connect.ts";
import type { Connection } from "../connection/connection.ts";
import { ConnectionLost } from "../errors.ts";
import { columnList, sqlName } from "./contents.ts";
import type { BackupProgress } from "./create.ts";
import { findBackup, type GoodBackup, goodBackups } from "./directory.ts";
import { BackupDamaged, RestoreFailed, RestoreRefused } from "./errors.ts";
import type { BackupKey } from "./key.ts";
import { keyFor, type Manifest } from "./manifest.ts";
import { type Part, PartUnusable } from "./part.ts";
import { PartReader } from "./part-reader.ts";
import { scriptOf } from "./script.ts";
import { connectForBackup, copyIn } from "./sql.ts";
import { emptyDatabase, missingRoles, renewPublic, whatIsThere } from "./target.ts";

/** Options of {@link restoreBackup}. */
export interface RestoreBackupOptions {
  /** The database to restore into. */
  readonly connect: ConnectOptions;
  readonly directory: string;
  /** Its name; default the newest good one of a database of the same name, or, where all are of one database, of that. */
  readonly backup?: string | undefined;
  readonly key?: BackupKey | undefined;
  /** Drops everything that the database holds first, in the same transaction. Default false. */
  readonly replace?: boolean | undefined;
  /**
   * Whether owners and privileges are restored. Without, everything belongs to the role that connects, and nobody else is
   * granted anything. Default true.
   */
  readonly owners?: boolean | undefined;
  /** Is told how far it is. */
  readonly onProgress?: ((progress: BackupProgress) => void) | undefined;
  /** Aborting it cancels what runs; all is rolled back. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Restores a database, in one transaction: what comes before the data, the rows, then indexes, keys and triggers, none of
 * which fire for the rows. Planner statistics are not in a backup: run ANALYZE, or leave it to autovacuum.
 *
 * @returns the manifest of what was restored.
 * @throws {RestoreRefused} when the database is not empty, roles are missing, or it is not clear which backup is meant.
 * @throws {RestoreFailed} saying where it stopped. @throws {BackupNotFound} @throws {BackupDamaged} @throws {BackupKeyUnfit}
 * @throws what connecting throws, and the signal's reason. The database is then what it was before.
 */
export async function restoreBackup(options: RestoreBackupOptions): Promise<Manifest> {
  const { connect, directory, owners = true, replace = false, onProgress, signal } = options;
  const found = await findRestorable(directory, options.backup, connect.database);
  const { manifest, name } = found;
  const reader = new PartReader(join(directory, name), manifest, keyFor(found, options.key));
  return inTransaction(connect, name, signal, async (connection, at) => {
    const { tables, sequences, preData, postData } = manifest;
    const steps = tables.length + 2;
    if (replace) await emptyDatabase(connection);
    const there = await whatIsThere(connection);
    if (there.length > 0) throw new RestoreRefused(notEmpty(there));
    const missing = owners ? await missingRoles(connection, manifest.roles) : [];
    if (missing.length > 0) throw new RestoreRefused(rolesMissing(missing));
    if (owners && !manifest.schemaBy.includes("(PostgreSQL) 14")) await renewPublic(connection);

    const run = async (part: Part, step: number, rows: number): Promise<void> => {
      at(part.file);
      onProgress?.({ what: "schema", step, steps, rows });
      await scriptOf(await reader.text(part), owners).run(connection, at, signal);
    };
    await run(preData, 1, 0);
    let before = 0;
    for (const [i, table] of tables.entries()) {
      const what = `${table.schema}.${table.name}`;
      at(`the rows of ${what}`);
      const text = `copy ${sqlName(table)}${columnList(table.columns)} from stdin`;
      const pieces = told(reader.read(table, table), () =>
        onProgress?.({ what, step: i + 2, steps, rows: before + reader.rows }),
      );
      await copyIn(connection, text, pieces, signal);
      before += table.rows;
    }
    at("the values of sequences");
    for (const { value, isCalled, ...sequence } of sequences) {
      await connection.query("select setval($1::regclass, $2, $3)", [sqlName(sequence), value, isCalled]);
    }
    await run(postData, steps, before);
    return manifest;
  });
}

/**
 * @param database that is restored: what another one holds does not come into it because it is newer.
 *
 * @throws {RestoreRefused} {BackupNotFound} {BackupDamaged}
 */
export async function findRestorable(
  directory: string,
  name: string | undefined,
  database: string,
): Promise<GoodBackup> {
  if (name !== undefined) return await findBackup(directory, name);
  const good = await goodBackups(directory);
  const own = good.find(({ manifest }) => manifest.database === database);
  const others = [...new Set(good.map(({ manifest }) => manifest.database))].sort();
  if (own !== undefined || others.length <= 1) return own ?? (await findBackup(directory, undefined));
  throw new RestoreRefused(
    `There is no good backup of the database ${database}, and there are some of ${others.join(", ")}. Name the one to restore.`,
  );
}

function notEmpty(there: readonly string[]): string {
  const [first, ...others] = [...there.slice(0, 5), ...(there.length > 5 ? [`${there.length - 5} more`] : [])];
  return (
    `The database is not empty: it holds ${[first, ...others].join(", ")}. Restore into a new one, or say that everything ` +
    "in this one is to be dropped (--replace)."
  );
}

function rolesMissing(roles: readonly string[]): string {
  return (
    `The server has no role ${roles.join(", ")}, which own things in the backup or are granted them. Create them ` +
    "(hypertroq roles apply), or restore without owners and privileges (--no-owner)."
  );
}

/** Says what the pieces are at while they are given. */
export async function* told(pieces: AsyncIterable<Buffer>, tell: () => void): AsyncGenerator<Buffer, void, undefined> {
  tell();
  for await (const piece of pieces) {
    yield piece;
    tell();
  }
}

/**
 * Runs the work of a restore in one transaction.
 *
 * @param work is told where it is by what it calls `at` with.
 */
export async function inTransaction<T>(
  connect: ConnectOptions,
  backup: string,
  signal: AbortSignal | undefined,
  work: (connection: Connection, at: (place: string) => void) => Promise<T>,
): Promise<T> {
  const connection = await connectForBackup(connect, signal);
  let place = "its beginning";
  let isUncertain = false;
  try {
    await connection.query("begin");
    const result = await work(connection, (next) => {
      signal?.throwIfAborted();
      place = next;
    });
    place = "the commit";
    isUncertain = true;
    await connection.query("commit");
    return result;
  } catch (error) {
    if (signal?.aborted && !isUncertain) throw signal.reason;
    if (error instanceof RestoreRefused) throw error;
    if (error instanceof PartUnusable) throw new BackupDamaged(backup, [`${place}: the file ${error.message}`]);
    isUncertain &&= error instanceof ConnectionLost;
    throw new RestoreFailed({ at: place, isUncertain }, error as Error);
  } finally {
    await connection.close();
  }
}
