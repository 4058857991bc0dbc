import { DatabaseExists, InvalidOption } from "./errors.ts";

/** The URL of a database on an embedded server. */
export function urlOf(port: number, password: string, database: string): string {
  return `postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodePath(database)}`;
}

/** The same server's URL of another database. */
export function withDatabase(url: string, database: string): string {
  const other = new URL(url);
  other.pathname = `/${encodePath(database)}`;
  return other.href;
}

/** As little as must be: node-postgres decodes a database's name by decodeURI, which keeps what it need not have encoded. */
function encodePath(database: string): string {
  return encodeURI(database).replaceAll("?", "%3F").replaceAll("#", "%23");
}

/** Runs one statement on a connection of its own. */
export async function execute(url: string, statement: string): Promise<void> {
  const { default: pg } = await import("pg"); // only here: describing a development server needs no driver
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 30_000 });
  // A server that dies under the connection rejects the query as well: without a listener the event would end the process.
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/**
 * Makes a database and returns its URL.
 *
 * @param server - the URL of any database of the server.
 * @throws DatabaseExists
 */
export async function createDatabase(server: string, name: string, ifNotExists: boolean): Promise<string> {
  try {
    await execute(server, `CREATE DATABASE "${name.replaceAll('"', '""')}"`);
  } catch (error) {
    // Of two that make it at the same moment, one may learn of it by the catalog's unique index.
    const exists = ["42P04", "23505"].includes((error as { code?: string }).code ?? "");
    if (!exists) throw error;
    if (!ifNotExists) throw new DatabaseExists(name, { cause: error });
  }
  return withDatabase(server, name);
}

/**
 * PostgreSQL cuts a longer name without an error (Identifiers and Key Words).
 *
 * @throws InvalidOption
 */
export function checkDatabaseName(option: string, name: string): void {
  const size = Buffer.byteLength(name);
  if (size < 1 || size > 63 || name.includes("\0")) {
    throw new InvalidOption(
      option,
      `a database's name has 1 to 63 bytes and no NUL; ${JSON.stringify(name)} has ${size} bytes`,
    );
  }
}
