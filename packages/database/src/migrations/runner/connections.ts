import { type ConnectOptions, connect, keepServer, restoreSettings } from "../../connection/connect.ts";
import type { Connection } from "../../connection/connection.ts";
import { StatementFailed } from "../../errors.ts";
import { MigrationInterrupted, RoleUnavailable } from "../errors.ts";
import { quoteName } from "../operations/identifier.ts";
import type { MigrationEvent } from "./events.ts";
import { acquireLock, releaseLock } from "./lock.ts";
import { refuseTransactionPooler } from "./pooler.ts";
import { readTables, type Tables } from "./read-tables.ts";

/**
 * A role or a database may have settings of its own (ALTER ROLE … SET): limits that end requests that hang, and another
 * reading of strings than revisions are written and split for.
 */
const SETTINGS = {
  statement_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  idle_session_timeout: "0",
  standard_conforming_strings: "on",
};

/** What is read under the lock before anything is done. */
export interface Found extends Tables {
  readonly connection: Connection;
}

/** Connections to the database that is migrated, each for as long as it is needed. */
export class Connections {
  readonly #options: ConnectOptions;
  readonly #role: string | undefined;
  readonly #onEvent: (event: MigrationEvent) => void;

  /** @param role what revisions run as (SET ROLE); undefined: the role that connects. */
  constructor(options: ConnectOptions, role: string | undefined, onEvent: (event: MigrationEvent) => void) {
    // Named statements would stay on a pooler's server for whoever comes next; and a revision's are sent once.
    const serverSettings = { ...options.serverSettings, ...SETTINGS };
    // What was said of a pooler is about DATABASE_URL, and this may be DIRECT_URL: it is found out.
    this.#options = { ...options, serverSettings, statementTimeout: 0, statementCacheSize: 0, pooler: undefined };
    this.#role = role;
    this.#onEvent = onEvent;
  }

  /**
   * Runs `work` under the migration lock, with what our tables say under it.
   *
   * @throws {TransactionPooler} @throws {RoleUnavailable} @throws {MigrationInterrupted} when it is aborted while it waits.
   */
  async locked<T>(signal: AbortSignal | undefined, work: (found: Found) => Promise<T>): Promise<T> {
    return this.connected(signal, async (connection) => {
      await refuseTransactionPooler(connection, (patience) => connect(this.#options, patience));
      if (connection.facts.settings !== undefined) {
        await keepServer(connection, this.#options);
        await this.#setRole(connection);
      }
      try {
        await acquireLock(connection, (holder) => this.#onEvent({ kind: "waiting", holder }), signal);
      } catch (error) {
        throw signal?.aborted ? new MigrationInterrupted([]) : error;
      }
      try {
        return await work({ connection, ...(await readTables(connection)) });
      } finally {
        await releaseLock(connection);
      }
    });
  }

  /** @throws {RoleUnavailable} @throws {MigrationInterrupted} when it is aborted while it connects. */
  async connected<T>(signal: AbortSignal | undefined, work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await connect(this.#options, signal).catch((error: unknown) => {
      throw signal?.aborted ? new MigrationInterrupted([]) : error;
    });
    try {
      await this.#setRole(connection);
      return await work(connection);
    } finally {
      await connection.close();
    }
  }

  /** Makes a session again what it was at the beginning. */
  async restoreSettings(connection: Connection): Promise<void> {
    await restoreSettings(connection, this.#options);
    await this.#setRole(connection);
  }

  /** Not on a server that may be somebody else's a moment later. */
  async #setRole(connection: Connection): Promise<void> {
    if (this.#role === undefined || connection.facts.settings !== undefined) return;
    try {
      await connection.query(`set role ${quoteName(this.#role)}`);
    } catch (error) {
      throw error instanceof StatementFailed ? new RoleUnavailable(this.#role, error) : error;
    }
  }
}
