import pg from "pg";
import { ConnectionFailed, type DatabaseError, SettingsError, StatementFailed } from "../errors.ts";
import { formatUrl } from "../url.ts";
import type { ConnectOptions } from "./connection.ts";

/** What an operator can do about the common ways in which connecting fails, by SQLSTATE or by the socket's error code. */
const ADVICE: Readonly<Record<string, string>> = {
  "28P01": "the server does not accept this user and password. Check both in DATABASE_URL",
  "28000": "the server does not let this user in from here. Check pg_hba.conf and sslmode",
  "3D000": "this database does not exist on the server. Create it, or correct its name in DATABASE_URL",
  "53300": "the server has no connection left. Lower DB_POOL_SIZE or raise max_connections",
  "57P03": "the server is starting up or shutting down. Try again in a moment",
  ECONNREFUSED: "nothing listens there. Check host and port in DATABASE_URL, and that PostgreSQL is running",
  ENOTFOUND: "this host name is not known. Check the host in DATABASE_URL",
  EAI_AGAIN: "this host name cannot be looked up now. Check the host in DATABASE_URL and the network",
  ENOENT: "there is no such socket. Check the socket directory in DATABASE_URL",
  ECONNRESET: "the server closed the connection while it was being made. Is it PostgreSQL that listens there?",
};

/**
 * What is thrown when connecting failed, in words for whoever set DATABASE_URL.
 *
 * @param timedOut the deadline passed, whatever error that led to.
 */
export function connectFailure(error: unknown, options: ConnectOptions, timedOut: boolean): DatabaseError {
  if (error instanceof SettingsError) return error;
  const { host, port, connectTimeout } = options;
  const fail = (reason: string, sqlState?: string, cause?: unknown): ConnectionFailed =>
    new ConnectionFailed(`Cannot connect to ${formatUrl(options)}: ${reason}.`, { host, port, sqlState }, { cause });
  if (timedOut) return fail(`no answer within ${connectTimeout} s (DB_CONNECT_TIMEOUT)`);

  const sqlState =
    error instanceof pg.DatabaseError ? error.code : error instanceof StatementFailed ? error.sqlState : undefined;
  const code = sqlState ?? socketCode(error);
  if (code !== undefined && code in ADVICE) return fail(`${ADVICE[code]} (${code})`, sqlState);
  const said = error instanceof Error ? error.message : String(error);
  if (sqlState !== undefined) return fail(`the server said "${said}" (${sqlState})`, sqlState);
  const advice = DRIVER_ADVICE.find(([pattern]) => pattern.test(said));
  return fail(advice === undefined ? said : advice[1], undefined, error);
}

/** The driver's own words for what has neither a SQLSTATE nor a socket's code. */
const DRIVER_ADVICE: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [/SCRAM.*password|password.*must be a.*string/i, "the server wants a password. Put one into DATABASE_URL"],
  [
    /error establishing an SSL connection|Unexpected message|unknown message/i,
    "what listens there does not speak PostgreSQL's protocol. Check host and port in DATABASE_URL",
  ],
];

/** Connecting to a name with several addresses fails with an AggregateError around each address's error. */
function socketCode(error: unknown): string | undefined {
  const failure = error instanceof AggregateError ? error.errors[0] : error;
  return (failure as NodeJS.ErrnoException | undefined)?.code;
}
