import pg from "pg";
import { ConnectionFailed, type DatabaseError, SettingsError, StatementFailed } from "../errors.ts";
import { type Address, formatHost, formatUrl, type Host } from "../url.ts";
import type { ConnectOptions } from "./connect.ts";

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
export function connectFailure(error: unknown, place: Host, options: ConnectOptions, timedOut: boolean): DatabaseError {
  if (error instanceof SettingsError) return error;
  const url = formatUrl({ ...options, hosts: [place] });
  const { connectTimeout } = options;
  const fail = (reason: string, sqlState?: string, cause?: unknown): ConnectionFailed =>
    new ConnectionFailed(`Cannot connect to ${url}: ${reason}.`, { ...place, sqlState, reason }, { cause });
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

/** Whether another host may do better: what the server says of user, password or database holds for all of them. */
export function isAboutHost(error: unknown): boolean {
  if (!(error instanceof ConnectionFailed)) return false;
  return error.sqlState === undefined || ["57P03", "53300"].includes(error.sqlState);
}

/** The failure of the one host there is, or one that tells what happened at each. */
export function firstOrAll(failures: readonly DatabaseError[], address: Address): DatabaseError {
  const last = failures.at(-1)!;
  if (failures.length === 1 || !(last instanceof ConnectionFailed)) return last;
  const each = failures.filter((failure) => failure instanceof ConnectionFailed);
  const reasons = each.map((failure) => `  - ${formatHost(failure)}: ${failure.reason}`);
  return new ConnectionFailed(
    `Cannot connect to ${formatUrl(address)}; of its ${address.hosts.length} hosts these were tried:\n${reasons.join("\n")}`,
    last,
    { cause: last.cause },
  );
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
