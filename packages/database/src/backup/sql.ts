import { type ConnectOptions, connect } from "../connection/connect.ts";
import type { Connection } from "../connection/connection.ts";
import { type CopyBytes, copyBytes } from "../connection/copy-bytes.ts";
import { CopyIn } from "../connection/copy-in.ts";
import { CopyOut } from "../connection/copy-out.ts";
import type { Result } from "../connection/flight.ts";

/**
 * What decides how values are written, so that the same rows have the same text everywhere; nothing that ends long work; and
 * an error instead of rows that policies hide (PostgreSQL, "row_security").
 */
const SETTINGS = {
  search_path: "",
  TimeZone: "UTC",
  lc_monetary: "C",
  row_security: "off",
  statement_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  idle_session_timeout: "0",
};

/** Seconds that a table's lock is waited for where the options do not say. */
const LOCK_TIMEOUT = 60;

/** What a connection for backups is made with. */
export function backupOptions(options: ConnectOptions): ConnectOptions {
  return {
    ...options,
    applicationName: "hypertroq backup",
    statementTimeout: 0,
    lockTimeout: options.lockTimeout || LOCK_TIMEOUT,
    maxResultBytes: 0,
    statementCacheSize: 0,
    serverSettings: { ...options.serverSettings, ...SETTINGS },
  };
}

/** Connects for a backup or a restore. */
export async function connectForBackup(options: ConnectOptions, signal?: AbortSignal): Promise<Connection> {
  const connection = await connect(backupOptions(options), signal);
  // Not among the settings: PostgreSQL before 17 does not know it.
  await connection.query("select set_config(name, '0', false) from pg_settings where name = 'transaction_timeout'");
  return connection;
}

/** Runs a statement, however long its text, without keeping it prepared. */
export async function runOnce(connection: Connection, text: string, signal?: AbortSignal): Promise<Result> {
  const { results, failure } = await connection.fly([{ text, values: [], once: true }], signal);
  if (failure !== undefined) throw failure;
  return results[0]!;
}

/** What a COPY … TO STDOUT gives, in pieces of whole rows. Whoever leaves early fails the transaction. */
export async function* copyOut(
  connection: Connection,
  text: string,
  signal?: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const copy = new CopyOut();
  const over = connection.fly([{ text, values: [], copy }], signal).then(
    ({ failure, results }) => copy.end(failure ?? results[0]!.refusal),
    (error: unknown) => copy.end(error),
  );
  let isLeft = true;
  try {
    for (let bytes = await copy.take(); bytes !== undefined; bytes = await copy.take()) yield bytes;
    isLeft = false;
  } finally {
    if (isLeft) copy.abandon();
    await over;
  }
}

/** Runs a COPY … FROM STDIN. @returns how many rows the server has stored. @throws what the source of the data throws. */
export async function copyIn(
  connection: Connection,
  text: string,
  data: CopyBytes,
  signal?: AbortSignal,
): Promise<number> {
  const copy = new CopyIn(copyBytes(data));
  const { results, failure } = await connection.fly([{ text, values: [], copy }], signal);
  if (copy.failure !== undefined) throw copy.failure.reason;
  if (failure !== undefined) throw failure;
  return results[0]!.rowCount;
}
