import pg from "pg";
import { ConnectionFailed, ConnectionLost, DatabaseError, SettingsError, StatementFailed } from "../errors.ts";
import { type Address, formatHost, formatUrl, type Host } from "../url.ts";
import type { ConnectOptions } from "./connect.ts";
import { CredentialsFailed } from "./credentials.ts";

/** What an operator can do about the common ways in which connecting fails, by SQLSTATE or by the socket's error code. */
const ADVICE: Readonly<Record<string, string>> = {
  "28P01": "the server does not accept this user and password. Check both in DATABASE_URL",
  "28000": "the server does not let this user in from here. Check pg_hba.conf and sslmode",
  "3D000": "this database does not exist on the server. Create it, or correct its name in DATABASE_URL",
  "53300":
    "the server has no connection left. Lower DB_POOL_SIZE or raise max_connections; behind PgBouncer, its max_client_conn",
  "57P03": "the server is starting up or shutting down. Try again in a moment",
  ECONNREFUSED: "nothing listens there. Check host and port in DATABASE_URL, and that PostgreSQL is running",
  ENOTFOUND: "this host name is not known. Check the host in DATABASE_URL",
  EAI_AGAIN: "this host name cannot be looked up now. Check the host in DATABASE_URL and the network",
  ENOENT: "there is no such socket. Check the socket directory in DATABASE_URL, and that PostgreSQL is running",
  ECONNRESET: "the server closed the connection while it was being made. Is it PostgreSQL that listens there?",
  ETIMEDOUT: "nothing answers there. Check host and port in DATABASE_URL, and the firewalls between",
  EHOSTUNREACH: "there is no way to this host. Check the host in DATABASE_URL and the network",
  ENETUNREACH: "there is no way to this network. Check the host in DATABASE_URL and the network",
  CERT_HAS_EXPIRED: "the server's certificate has expired. Renew it",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "the server's certificate is for another name. Connect by a name that is in it, or set sslmode to verify-ca",
};

/** The server's certificate is signed by nobody we trust: what OpenSSL calls it depends on how. */
const UNTRUSTED = /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_\w+)$/;
const UNTRUSTED_ADVICE =
  "the server's certificate is signed by an authority that is not trusted here. Name that one's certificate in " +
  "DB_SSL_ROOT_CERT";

/** The driver's own words for what has neither a SQLSTATE nor a socket's code. */
const DRIVER_ADVICE: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [/SCRAM.*password|password.*must be a.*string/i, "the server wants a password. Put one into DATABASE_URL"],
  [
    /error establishing an SSL connection|Unexpected message|unknown message/i,
    "what listens there does not speak PostgreSQL's protocol. Check host and port in DATABASE_URL",
  ],
  [
    /does not support SSL/,
    "the server has no TLS. Turn it on there, or allow plain text with sslmode prefer or disable",
  ],
  [
    /does not offer channel binding/,
    "the server does not offer channel binding, which channel_binding=require asks for. It needs TLS, a password kept " +
      "by scram-sha-256, and that method in pg_hba.conf",
  ],
];

/** What passes by itself: a server that starts, restarts, has no slot or cannot be reached. */
const TRANSIENT = [
  "53300",
  "57P01",
  "57P02",
  "57P03",
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EAI_AGAIN",
  "ENOENT",
];

/** A server that answers, but is not what `target_session_attrs` wants; it may become so, or another host may be. */
export class UnwantedServer extends Error {}

/**
 * What is thrown when connecting failed, in words for whoever set DATABASE_URL.
 *
 * @param timedOut the deadline passed, whatever error that led to.
 */
export function connectFailure(error: unknown, host: Host, options: ConnectOptions, timedOut: boolean): DatabaseError {
  if (error instanceof SettingsError) return error;
  if (error instanceof CredentialsFailed && !timedOut) {
    const name = error.cause instanceof Error ? error.cause.name : "no error";
    const reason = `the function given as credentials failed (${name})`;
    const facts = { host: host.host, port: host.port, reason, isTransient: true };
    return new ConnectionFailed(`Cannot connect to ${formatUrl({ ...options, hosts: [host] })}: ${reason}.`, facts, {
      cause: error.cause,
    });
  }
  const sqlState = stateOf(error);
  const code = sqlState ?? (error instanceof DatabaseError ? undefined : socketCode(error));
  const reason = timedOut
    ? `no answer within ${options.connectTimeout} s (DB_CONNECT_TIMEOUT)`
    : reasonOf(error, code, sqlState !== undefined);
  // Of an error that is explained, the rest is noise: for a certificate's it is the whole certificate.
  const cause = timedOut || code !== undefined ? undefined : error;
  const isTransient =
    timedOut ||
    error instanceof UnwantedServer ||
    error instanceof ConnectionLost ||
    (code === undefined ? endedUnexpectedly(error) : TRANSIENT.includes(code));
  return new ConnectionFailed(
    `Cannot connect to ${formatUrl({ ...options, hosts: [host] })}: ${reason}.`,
    { host: host.host, port: host.port, reason, isTransient, sqlState: timedOut ? undefined : sqlState },
    { cause },
  );
}

/** Whether another host may do better: what the server says of user, password or database holds for all of them. */
export function isAboutHost(error: unknown): boolean {
  return error instanceof ConnectionFailed && (error.sqlState === undefined || error.isTransient);
}

/** The failure of the one host there is, or one that tells what happened at each. */
export function firstOrAll(failures: readonly DatabaseError[], address: Address): DatabaseError {
  const last = failures.at(-1)!;
  if (failures.length === 1 || !(last instanceof ConnectionFailed)) return last;
  const each = failures.filter((failure) => failure instanceof ConnectionFailed);
  const reason = each.map((failure) => `\n  - ${formatHost(failure)}: ${failure.reason}`).join("");
  const { host, port, sqlState } = last;
  // One that knows better than to try again ends it: a wrong password is wrong a moment later, too.
  const isTransient = last.sqlState === undefined ? each.some((failure) => failure.isTransient) : last.isTransient;
  return new ConnectionFailed(`Cannot connect to any host of ${formatUrl(address)}:${reason}`, {
    host,
    port,
    reason,
    isTransient,
    sqlState,
  });
}

function reasonOf(error: unknown, code: string | undefined, isServers: boolean): string {
  const said = error instanceof Error ? error.message : String(error);
  if (code !== undefined && UNTRUSTED.test(code)) return `${UNTRUSTED_ADVICE} (${code})`;
  if (code !== undefined && code in ADVICE) return `${ADVICE[code]} (${code})`;
  if (isServers) return `the server said "${said}" (${code})`;
  return DRIVER_ADVICE.find(([pattern]) => pattern.test(said))?.[1] ?? said;
}

/**
 * PgBouncer's words, which are English always, and what a server would have said: PgBouncer before 1.24 has 08P01 for
 * whatever it has to say.
 */
const POOLER_STATES: readonly (readonly [pattern: RegExp, sqlState: string])[] = [
  [/authentication failed|no such user/, "28P01"],
  [/no such database/, "3D000"],
  [/no more connections allowed/, "53300"],
  [/query_wait_timeout|server_login_retry|login has been failing|server conn crashed|shutting down/, "57P03"],
];

/** What the server said, in the driver's error or, once the session's settings were under way, in ours. */
export function stateOf(error: unknown): string | undefined {
  const isServers =
    error instanceof pg.DatabaseError || error instanceof StatementFailed || error instanceof ConnectionLost;
  if (!isServers) return undefined;
  const state = error instanceof pg.DatabaseError ? error.code : error.sqlState;
  if (state !== "08P01") return state;
  return POOLER_STATES.find(([pattern]) => pattern.test(error.message))?.[1] ?? state;
}

/** The driver's words for a server that closed the connection without any. */
function endedUnexpectedly(error: unknown): boolean {
  return error instanceof Error && error.message === "Connection terminated unexpectedly";
}

/** Connecting to a name with several addresses fails with an AggregateError around each address's error. */
function socketCode(error: unknown): string | undefined {
  const failure = error instanceof AggregateError ? error.errors[0] : error;
  return (failure as NodeJS.ErrnoException | undefined)?.code;
}
