import { randomBytes } from "node:crypto";
import { type ConnectOptions, connect } from "../../connection/connect.ts";
import type { Connection } from "../../connection/connection.ts";
import { quote } from "../../identifier.ts";
import { ScratchUnavailable } from "../errors.ts";
import { literal } from "../operations/literal.ts";
import type { Surroundings } from "./surroundings.ts";

/** Makes another scratch database and connects to it. `surroundings`: default those that were given first. */
export type OpenScratch = (surroundings?: Surroundings) => Promise<Connection>;

/**
 * Runs `work`, which can make databases on a server that are empty but for their surroundings. They are dropped afterwards,
 * also when `work` throws or its signal aborts it. What a killed run has left is dropped by the next one that names the same
 * database: each is locked, in that database, for as long as it is in use. The database itself is not changed.
 *
 * @throws {ScratchUnavailable}
 */
export async function withScratch<T>(
  server: ConnectOptions,
  surroundings: Surroundings,
  work: (open: OpenScratch) => Promise<T>,
): Promise<T> {
  const maintenance = await connect(server);
  const opened: { readonly name: string; readonly connection: Connection | undefined }[] = [];
  try {
    await dropLeftovers(maintenance);
    return await work(async (wanted = surroundings) => {
      const name = await create(maintenance, wanted);
      opened.push({ name, connection: undefined });
      const connection = await connect({ ...server, database: name });
      opened[opened.length - 1] = { name, connection };
      await furnish(connection, wanted);
      return connection;
    });
  } finally {
    try {
      for (const { name, connection } of opened) {
        await connection?.close();
        await drop(maintenance, name);
      }
    } finally {
      await maintenance.close();
    }
  }
}

/** The oid tells the databases of one live database from those of others, whose locks are not seen from it. */
const PREFIX = "select format('hypertroq_scratch_%s_', oid) from pg_database where datname = current_database()";

/**
 * The strategy that is usual, by the log, takes three times as long as copying files, which makes the whole server write a
 * checkpoint: a server that waits for no disk, one to develop or test with, can do that (PostgreSQL 15, CREATE DATABASE).
 */
const STRATEGY = `select case when current_setting('fsync') = 'off' and current_setting('server_version_num')::int >= 150000
  then 'strategy file_copy' else '' end`;

async function create(maintenance: Connection, { encoding, collate, ctype }: Surroundings): Promise<string> {
  const { rows } = await maintenance.query(`select (${PREFIX}), (${STRATEGY})`);
  const [prefix, strategy] = rows[0] as readonly [string, string];
  const name = `${prefix}${randomBytes(6).toString("hex")}`;
  try {
    await maintenance.query("select pg_advisory_lock(hashtextextended($1, 0))", [name]);
    await maintenance.query(
      `create database ${quote(name)} template template0 encoding ${literal(encoding)} ` +
        `lc_collate ${literal(collate)} lc_ctype ${literal(ctype)} ${strategy}`,
    );
  } catch (error) {
    throw new ScratchUnavailable("none can be created", error as Error);
  }
  return name;
}

async function furnish(scratch: Connection, { extensions, schemas, path }: Surroundings): Promise<void> {
  const needed = new Set([...path, ...schemas, ...extensions.map(({ schema }) => schema)]);
  for (const schema of needed) await scratch.query(`create schema if not exists ${quote(schema)}`);
  try {
    for (const { name, schema, version } of extensions) {
      await scratch.query(`create extension ${quote(name)} schema ${quote(schema)} version ${quote(version)}`);
    }
  } catch (error) {
    throw new ScratchUnavailable("an extension of the database cannot be created there", error as Error);
  }
  await scratch.query("set check_function_bodies = off");
  await scratch.query(`set search_path = ${path.map(quote).join(", ") || "''"}`);
}

async function dropLeftovers(maintenance: Connection): Promise<void> {
  const { rows } = await maintenance.query(
    `select datname::text from pg_database where starts_with(datname, (${PREFIX})) and datdba = current_user::regrole`,
  );
  for (const [name] of rows) {
    const { rows: free } = await maintenance.query("select pg_try_advisory_lock(hashtextextended($1, 0))", [name]);
    if (free[0]![0] === true) await drop(maintenance, name as string);
  }
}

async function drop(maintenance: Connection, name: string): Promise<void> {
  await maintenance.query(`drop database if exists ${quote(name)} with (force)`);
  await maintenance.query("select pg_advisory_unlock(hashtextextended($1, 0))", [name]);
}
