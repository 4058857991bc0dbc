import type { ConnectionOptions as TlsOptions } from "node:tls";
import pg from "pg";
import type { DatabaseError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { Pooler } from "../settings.ts";
import type { Address, Host, TargetSessionAttrs } from "../url.ts";
import { authenticate, Login } from "./authentication.ts";
import { connectFailure, firstOrAll, isAboutHost, UnwantedServer } from "./connect-failure.ts";
import { Connection } from "./connection.ts";
import type { CredentialsSource } from "./credentials.ts";
import { encodeParameters } from "./parameters.ts";
import { setConfig } from "./set-config.ts";
import { isTlsRefusal, rememberWithoutTls, tlsAttempts } from "./tls.ts";

export interface ConnectOptions extends Address {
  /** Seconds to connect to one host, TLS and authentication included. */
  readonly connectTimeout: number;
  /** Seconds after which the server cancels a statement; 0 never. */
  readonly statementTimeout: number;
  /** Seconds after which the server gives up waiting for a lock; 0 never. */
  readonly lockTimeout: number;
  /** Settings of every connection. */
  readonly serverSettings: Readonly<Record<string, string>>;
  /** Most bytes that one flight may answer; 0: no limit. */
  readonly maxResultBytes: number;
  /** Gives user and password, instead of those above. */
  readonly credentials?: CredentialsSource | undefined;
  /** What stands between us and the server; undefined: what is found out at connecting. */
  readonly pooler?: Pooler | undefined;
  /** Statements that a connection keeps prepared; 0: none. */
  readonly statementCacheSize: number;
  /** Seconds of silence after which a running statement's connection is looked after; 0 never. */
  readonly watchdog: number;
  readonly logger: Logger;
}

/**
 * Connects to the first of the hosts that accepts and will do (`targetSessionAttrs`), authenticates, and makes the
 * session's settings what this layer relies on.
 *
 * @param signal aborting it gives up, with its reason.
 * @throws {ConnectionFailed} saying what was tried and what to check; its message never holds the password.
 */
export async function connect(options: ConnectOptions, signal?: AbortSignal): Promise<Connection> {
  const failures: DatabaseError[] = [];
  for (const wanted of wantedInTurn(options.targetSessionAttrs)) {
    for (const host of options.hosts) {
      try {
        return await connectTo(host, wanted, options, signal);
      } catch (error) {
        signal?.throwIfAborted();
        failures.push(error as DatabaseError);
        if (!isAboutHost(error)) throw firstOrAll(failures, options);
      }
    }
  }
  throw firstOrAll(failures, options);
}

/** A standby, if there is one, is found by asking all hosts twice (PostgreSQL, "Parameter Key Words"). */
function wantedInTurn(wanted: TargetSessionAttrs): readonly TargetSessionAttrs[] {
  return wanted === "prefer-standby" ? ["standby", "any"] : [wanted];
}

async function connectTo(
  host: Host,
  wanted: TargetSessionAttrs,
  options: ConnectOptions,
  signal?: AbortSignal,
): Promise<Connection> {
  signal?.throwIfAborted();
  let current: Connection | undefined;
  let timedOut = false;
  const ending = new AbortController();
  const giveUp = (): void => {
    ending.abort(signal?.reason);
    current?.destroy();
  };
  signal?.addEventListener("abort", giveUp, { once: true });
  const deadline = setTimeout(() => {
    timedOut = true;
    giveUp();
  }, options.connectTimeout * 1000);
  const login = new Login(host, options, ending.signal);
  try {
    for (const attempts = tlsAttempts(host, options); ; ) {
      const ssl = attempts.shift()!;
      const user = await login.options();
      const client = clientFor(host, user, ssl);
      const assertBound = authenticate(client, user, ssl);
      current = new Connection(client, { host, ssl, options, open: () => connectTo(host, "any", options) });
      try {
        const connected = client.connect();
        if (ssl !== false && attempts[0] === false) current.allowPlainText(() => rememberWithoutTls(host));
        await connected;
        assertBound();
        current.start();
        await settle(current, wanted, options);
        return current;
      } catch (error) {
        current.destroy(); // a peer that keeps its side open would keep the process alive
        if (timedOut) throw error;
        if (login.isOutdated(error)) attempts.unshift(ssl);
        else if (attempts.length === 0 || !isTlsRefusal(error)) throw error;
      }
    }
  } catch (error) {
    throw connectFailure(error, host, options, timedOut);
  } finally {
    clearTimeout(deadline);
    signal?.removeEventListener("abort", giveUp);
  }
}

/** The settings that decide how values read (a role or database may have others), and the timeouts. */
function settingsOf({ serverSettings, statementTimeout, lockTimeout }: ConnectOptions): readonly [string, string][] {
  const settings: [name: string, value: string][] = [
    ...Object.entries(serverSettings),
    ["client_encoding", "UTF8"],
    ["DateStyle", "ISO"],
    ["IntervalStyle", "postgres"],
    ["bytea_output", "hex"],
    ["extra_float_digits", "1"],
  ];
  if (statementTimeout > 0) settings.push(["statement_timeout", `${Math.ceil(statementTimeout * 1000)}`]);
  if (lockTimeout > 0) settings.push(["lock_timeout", `${Math.ceil(lockTimeout * 1000)}`]);
  return settings;
}

/** For a SELECT, whose first parameters are the values. @param isLocal SQL for whether they are the transaction's own. */
function setAll(settings: readonly [string, string][], isLocal: string): string {
  return settings.map(([name], i) => setConfig(name, `$${i + 1}`, isLocal)).join(", ");
}

/**
 * Makes the session's settings, its role and its user again what they were after connecting, whatever has been SET since,
 * and drops its temporary tables. One round trip. In a transaction that is rolled back it has not happened.
 *
 * @param options those that the connection was made with.
 */
export async function restoreSettings(connection: Connection, options: ConnectOptions): Promise<void> {
  const settings = settingsOf(options);
  const { failure } = await connection.fly([
    { text: "reset session authorization", values: [] }, // and with it the role
    { text: "reset all", values: [] },
    { text: "discard temp", values: [] },
    { text: `select ${setAll(settings, "false")}`, values: settings.map(([, value]) => value) },
  ]);
  if (failure !== undefined) throw failure;
}

/**
 * For a connection through a pooler that turned out to keep one server for it: its settings are the session's, like those
 * of any other connection.
 *
 * @param options those that the connection was made with.
 */
export async function keepServer(connection: Connection, options: ConnectOptions): Promise<void> {
  connection.begin({ ...connection.facts, settings: undefined });
  await restoreSettings(connection, options);
}

/**
 * Makes the settings, and learns what the server says of itself. After connecting, not as startup parameters: PgBouncer
 * refuses those it does not know.
 *
 * Where the process that answers is not the one that greeted us, a pooler stands between. As long as nobody says that it
 * lends its servers for whole sessions, they are taken to be lent for a transaction: then the settings are made for each,
 * and none are left on a server that is somebody else's next.
 */
async function settle(connection: Connection, wanted: TargetSessionAttrs, options: ConnectOptions): Promise<void> {
  const settings = settingsOf(options);
  const { pooler } = options;
  const isLent = pooler === undefined ? `pg_backend_pid() <> ${connection.processId}` : `${pooler !== "session"}`;
  const values = encodeParameters(settings.map(([, value]) => value));
  const text = `select ${setAll(settings, isLent)},
            current_setting('default_transaction_isolation'), pg_is_in_recovery(),
            current_setting('default_transaction_read_only')::boolean,
            pg_backend_pid(), (select backend_start::text from pg_stat_get_activity(pg_backend_pid())), ${isLent}`;
  const { results, failure } = await connection.fly([{ text, values, once: true }]);
  if (failure !== undefined) throw failure;
  const facts = results[0]!.rows[0]!.slice(settings.length) as [string, boolean, boolean, number, string, boolean];
  const [isolation, inRecovery, readOnly, id, startedAt, isTransactionPooler] = facts;
  const will: Record<TargetSessionAttrs, boolean> = {
    any: true,
    "prefer-standby": true,
    primary: !inRecovery,
    standby: inRecovery,
    "read-write": !inRecovery && !readOnly,
    "read-only": inRecovery || readOnly,
  };
  if (!will[wanted]) {
    const state = inRecovery ? "a standby" : readOnly ? "read-only by default" : "a primary that takes writes";
    throw new UnwantedServer(`the server is ${state}, and target_session_attrs wants ${wanted}`);
  }
  connection.begin({
    isolation,
    process: id === connection.processId ? { id, startedAt } : undefined,
    settings: isTransactionPooler ? { text: `select ${setAll(settings, "true")}`, values, isSilent: true } : undefined,
  });
}

function clientFor({ host, port }: Host, options: ConnectOptions, ssl: TlsOptions | false): pg.Client {
  const client = new pg.Client({
    host,
    port,
    user: options.user,
    database: options.database,
    application_name: options.applicationName ?? "hypertroq",
    keepAlive: true,
    ssl,
    sslnegotiation: "postgres",
  } as pg.ClientConfig);
  // The driver would take these from PGOPTIONS, past our settings.
  Object.assign((client as unknown as { connectionParameters: object }).connectionParameters, { options: undefined });
  return client;
}
