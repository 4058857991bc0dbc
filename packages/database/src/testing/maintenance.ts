import { createHash } from "node:crypto";
import { connect } from "../connection/connect.ts";
import type { Connection } from "../connection/connection.ts";
import { connectOptions } from "../connection/options.ts";
import { quote } from "../identifier.ts";
import { parseUrl } from "../url.ts";

/** It has to outlast everything that is done with what it locks. */
const SETTINGS = { statement_timeout: "0", lock_timeout: "0", idle_session_timeout: "0" };

/**
 * A connection to a database of the server from which others are created and dropped. What is in use by whom is told by
 * advisory locks on it, which end with the process that holds them (PostgreSQL, "Advisory Locks").
 */
export class Maintenance {
  readonly #connection: Connection;

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** @throws like `connect`. */
  static async connect(url: string): Promise<Maintenance> {
    const options = connectOptions({ url, applicationName: "hypertroq testing", serverSettings: SETTINGS });
    return new Maintenance(await connect(options));
  }

  /** Ends the locks, too. */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** Names of databases that begin so. */
  async databases(prefix: string): Promise<readonly string[]> {
    const { rows } = await this.#connection.query(
      "select datname::text from pg_database where starts_with(datname, $1) order by 1",
      [prefix],
    );
    return rows.map(([name]) => name as string);
  }

  async create(name: string, template: string): Promise<void> {
    await this.#connection.query(`create database ${quote(name)} template ${quote(template)}`);
  }

  /** Also one that is in use. */
  async drop(name: string): Promise<void> {
    await this.#connection.query(`drop database if exists ${quote(name)} with (force)`);
  }

  /** Nobody may connect to it any more; it can still be cloned. */
  async seal(name: string, newName: string): Promise<void> {
    await this.#connection.query(`alter database ${quote(name)} with allow_connections false`);
    await this.#connection.query(`alter database ${quote(name)} rename to ${quote(newName)}`);
  }

  /** Waits for it. */
  async lock(name: string, how: "alone" | "shared" = "alone"): Promise<void> {
    const key = lockKey(name);
    await this.#connection.query(`select pg_advisory_lock${how === "shared" ? "_shared" : ""}($1::bigint)`, [key]);
  }

  /** Ends a lock that is held alone. */
  async unlock(name: string): Promise<void> {
    await this.#connection.query("select pg_advisory_unlock($1::bigint)", [lockKey(name)]);
  }

  /** Runs `work` if nobody has locked it, with the lock held alone. */
  async ifFree(name: string, work: () => Promise<void>): Promise<void> {
    const { rows } = await this.#connection.query("select pg_try_advisory_lock($1::bigint)", [lockKey(name)]);
    if (rows[0]![0] !== true) return;
    try {
      await work();
    } finally {
      await this.unlock(name);
    }
  }
}

/** Sixteen hexadecimal digits that stand for a text. */
export function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

function lockKey(name: string): bigint {
  return BigInt.asIntN(64, BigInt(`0x${digest(`hypertroq testing ${name}`)}`));
}

/** The same URL with another database. @throws {SettingsError} when it is no database URL. */
export function withDatabase(url: string, name: string): string {
  parseUrl(url);
  const [, server = "", query = ""] = /^([^/]*\/\/[^/?]*)(?:\/[^?]*)?(?:\?(.*))?$/.exec(url.trim()) ?? [];
  const parameters = query.split("&").filter((parameter) => parameter !== "" && !parameter.startsWith("dbname="));
  return `${server}/${name}${parameters.length === 0 ? "" : `?${parameters.join("&")}`}`;
}
